import { afterEach, describe, expect, it } from "vitest";
import { belongsTo, commandOf, COMMANDS, DEFAULT_KEYS, isSingle, keyName, keyOf, keysNow, repeats, resetKeys, setKey, shownKey, singleKeysOn } from "./keys";

const press = (key: string, modifiers: Partial<Record<"ctrlKey" | "metaKey" | "altKey" | "shiftKey", boolean>> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...modifiers });

/** An element that is, or lies within, one that matches any of `kinds` among the parts of a selector. */
const within = (...kinds: string[]) => ({
  closest: (selector: string) => selector.split(", ").some((part) => kinds.includes(part.replace(/[:[].*/, ""))) || null,
});

afterEach(() => {
  resetKeys();
  singleKeysOn.value = true;
});

describe("names of keys", () => {
  it("are the same with Cmd and Ctrl, and with Caps Lock", () => {
    expect(press("z", { metaKey: true })).toBe("Ctrl+z");
    expect(press("Z", { ctrlKey: true, shiftKey: true })).toBe("Ctrl+Shift+z");
    expect(press("S")).toBe("s");
  });

  it("leave Shift out where the character needs it", () => {
    expect(press("?", { shiftKey: true })).toBe("?");
    expect(press("+", { shiftKey: true })).toBe("+");
    expect(press("ArrowLeft", { shiftKey: true })).toBe("Shift+ArrowLeft");
    expect(press(" ")).toBe("Space");
    expect(press("Shift", { shiftKey: true })).toBeNull();
  });

  it("are shown short", () => {
    expect(shownKey("Ctrl+Shift+z")).toBe("Ctrl+Shift+Z");
    expect(shownKey("+")).toBe("+");
    expect(shownKey("Shift+ArrowLeft")).toBe("Shift+←");
  });
});

it("no key has two commands at first", () => {
  const keys = COMMANDS.flatMap((command) => DEFAULT_KEYS[command]);
  expect(new Set(keys).size).toBe(keys.length);
});

describe("changing keys", () => {
  it("takes the key from the command that had it", () => {
    expect(setKey("same", 1, "d")).toBe("different");
    expect(commandOf("d")).toBe("same");
    expect(commandOf("s")).toBeNull();
    expect(keysNow.value.different).toEqual([]);
    expect(keyOf("different")).toBeNull();
  });

  it("can be taken back as a whole", () => {
    setKey("same", 0, "d");
    resetKeys();
    expect(commandOf("d")).toBe("different");
    expect(commandOf("Enter")).toBe("same");
  });
});

describe("single keys switched off", () => {
  it("leaves Enter, arrows and keys with Ctrl", () => {
    singleKeysOn.value = false;
    expect(commandOf("s")).toBeNull();
    expect(commandOf("?")).toBeNull();
    expect(commandOf("Enter")).toBe("same");
    expect(commandOf("Ctrl+z")).toBe("undo");
    expect(keyOf("same")).toBe("⏎");
    expect(keyOf("different")).toBeNull();
  });

  it("counts letters, digits and signs as single", () => {
    expect(["a", "7", "."].every(isSingle)).toBe(true);
    expect(["Enter", "Space", "Ctrl+z", "ArrowUp"].some(isSingle)).toBe(false);
  });
});

describe("where keys keep quiet", () => {
  it("text fields and dialogs have every key to themselves", () => {
    expect(belongsTo(within("textarea"), "s")).toBe(true);
    expect(belongsTo(within("dialog"), "Ctrl+z")).toBe(true);
  });

  it("a button has Enter and Space only", () => {
    expect(belongsTo(within("button"), "Enter")).toBe(true);
    expect(belongsTo(within("button"), "s")).toBe(false);
  });

  it("nothing in focus leaves all to the screen", () => {
    expect(belongsTo(within(), "Enter")).toBe(false);
    expect(belongsTo(null, "Enter")).toBe(false);
  });
});

it("held keys repeat looking and stepping only", () => {
  expect(COMMANDS.filter(repeats)).toEqual([
    "candidate.next", "candidate.previous", "photo.next", "photo.previous", "queryPhoto.next", "queryPhoto.previous",
    "zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown",
  ]);
});
