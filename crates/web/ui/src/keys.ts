// Keys of the review screen: which key does what, how the reader changes that, and where keys must keep quiet.
import { computed } from "@preact/signals";
import { storedSignal } from "./stored";

/** What a key can do. */
export type Command =
  | "candidate.next" | "candidate.previous" | "photo.next" | "photo.previous" | "queryPhoto.next" | "queryPhoto.previous"
  | "same" | "different" | "cannotTell" | "notComparable" | "new" | "badPhoto"
  | "confidence.1" | "confidence.2" | "confidence.3" | "confidence.4"
  | "flicker" | "sync" | "matches" | "overlay" | "mirror" | "fullScreen" | "loupe" | "whole" | "align"
  | "zoomIn" | "zoomOut" | "fit" | "panLeft" | "panRight" | "panUp" | "panDown"
  | "undo" | "redo" | "skip" | "previousCase" | "keys";

/** The keys of every command before the reader changes any, in the order of the list. */
export const DEFAULT_KEYS: Record<Command, readonly string[]> = {
  "candidate.next": ["ArrowDown", "j"],
  "candidate.previous": ["ArrowUp", "k"],
  "photo.next": ["ArrowRight"],
  "photo.previous": ["ArrowLeft"],
  "queryPhoto.next": ["Shift+ArrowRight"],
  "queryPhoto.previous": ["Shift+ArrowLeft"],
  same: ["Enter", "s"],
  different: ["d"],
  cannotTell: ["u"],
  notComparable: ["x"],
  new: ["n"],
  badPhoto: ["b"],
  "confidence.1": ["1"],
  "confidence.2": ["2"],
  "confidence.3": ["3"],
  "confidence.4": ["4"],
  flicker: ["Space"],
  sync: ["z"],
  align: ["a"],
  matches: ["h"],
  overlay: ["o"],
  mirror: ["m"],
  loupe: ["l"],
  whole: ["c"],
  fullScreen: ["f"],
  zoomIn: ["+", "="],
  zoomOut: ["-"],
  fit: ["0"],
  panLeft: ["Ctrl+ArrowLeft"],
  panRight: ["Ctrl+ArrowRight"],
  panUp: ["Ctrl+ArrowUp"],
  panDown: ["Ctrl+ArrowDown"],
  undo: ["Ctrl+z"],
  redo: ["Ctrl+Shift+z", "Ctrl+y"],
  skip: ["."],
  previousCase: ["p", "Backspace"],
  keys: ["?"],
};

// Held, these go on and on; a verdict, an undo or a toggle must never be given twice by a key held too long.
const REPEATING: ReadonlySet<Command> = new Set<Command>([
  "candidate.next", "candidate.previous", "photo.next", "photo.previous", "queryPhoto.next", "queryPhoto.previous",
  "zoomIn", "zoomOut", "panLeft", "panRight", "panUp", "panDown",
]);

/** Whether a command is done again and again while its key is held. */
export function repeats(command: Command): boolean {
  return REPEATING.has(command);
}

/** All commands, in the order of the list. */
export const COMMANDS = Object.keys(DEFAULT_KEYS) as Command[];

/** What the reader changed. */
export const changedKeys = storedSignal<Partial<Record<Command, string[]>>>("keys", {});

/** Whether keys that are a single character work; speech input and shaky hands press those by accident. */
export const singleKeysOn = storedSignal("keys.single", true);

/** The keys of every command now, switched off ones included. */
export const keysNow = computed(() => ({ ...DEFAULT_KEYS, ...changedKeys.value }) as Record<Command, readonly string[]>);

type KeyLike = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

/** The name of what was pressed, such as `Ctrl+Shift+z`; `null` for a modifier alone. */
export function keyName(event: KeyLike): string | null {
  if (["Shift", "Control", "Alt", "Meta", "AltGraph", "Dead", "Process"].includes(event.key)) return null;
  const key = event.key === " " ? "Space" : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // On most layouts "?" or "+" need Shift already, so Shift is part of the character and not of the name.
  const shift = event.shiftKey && (key.length > 1 || key !== key.toUpperCase());
  return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", shift ? "Shift" : "", key]
    .filter(Boolean)
    .join("+");
}

/** Whether a key is a single letter, digit or sign without Ctrl or Alt (WCAG 2.1.4). */
export function isSingle(key: string): boolean {
  return key.replace(/^Shift\+/, "").length === 1;
}

/** Whether a key works now. */
export function works(key: string): boolean {
  return singleKeysOn.value || !isSingle(key);
}

/** The command of a key, if any. */
export function commandOf(key: string): Command | null {
  if (!works(key)) return null;
  return COMMANDS.find((command) => keysNow.value[command].includes(key)) ?? null;
}

/** The key to show beside a command; `null` where none works. */
export function keyOf(command: Command): string | null {
  const key = keysNow.value[command].find(works);
  return key ? shownKey(key) : null;
}

const SIGNS: Record<string, string> = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", Enter: "⏎", Backspace: "⌫",
};

/** A key as it is written on the screen. */
export function shownKey(key: string): string {
  return key.split(/\+(?=.)/).map((part) => SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part)).join("+");
}

/** Gives `command` another key and takes that key from whoever had it; answers who that was. */
export function setKey(command: Command, at: number, key: string): Command | null {
  const before = COMMANDS.find((other) => other !== command && keysNow.value[other].includes(key)) ?? null;
  const keys = keysNow.value[command].filter((other) => other !== key);
  keys[Math.min(at, keys.length)] = key;
  const changed = { ...changedKeys.value, [command]: keys };
  if (before) changed[before] = keysNow.value[before].filter((other) => other !== key);
  changedKeys.value = changed;
  return before;
}

/** Brings back the keys as they were at first. */
export function resetKeys(): void {
  changedKeys.value = {};
}

type TargetLike = { closest?: (selector: string) => unknown };

const TEXT_FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=range]):not([type=button]), textarea, [contenteditable=true]";

/** Whether a key pressed on `target` belongs to that element and not to the screen. */
export function belongsTo(target: TargetLike | null, key: string): boolean {
  const within = (selector: string) => Boolean(target?.closest?.(selector));
  if (within("dialog") || within(TEXT_FIELDS)) return true;
  if (within("select, input")) return !key.startsWith("Ctrl+");
  // Enter and Space press what has the focus.
  return (key === "Enter" || key === "Space") && within("button, a[href], summary");
}

/** What happens on a command, and by which key; commands that are held have an end. */
export type Handlers = Partial<Record<Command, { down: (key: string) => void; up?: () => void }>>;

/** Listens to keys until the function returned is called. */
export function listenToKeys(handlers: () => Handlers): () => void {
  const held = new Map<string, () => void>();
  const release = () => { held.forEach((up) => up()); held.clear(); };

  function down(event: KeyboardEvent) {
    const key = keyName(event);
    if (!key || event.defaultPrevented || belongsTo(event.target as TargetLike | null, key)) return;
    const command = commandOf(key);
    const handler = command ? handlers()[command] : undefined;
    if (!command || !handler) return;
    event.preventDefault();
    if (event.repeat && !repeats(command)) return;
    if (handler.up) held.set(event.code, handler.up);
    handler.down(key);
  }

  function up(event: KeyboardEvent) {
    held.get(event.code)?.();
    held.delete(event.code);
  }

  addEventListener("keydown", down);
  addEventListener("keyup", up);
  // A key let go in another window is never heard of.
  addEventListener("blur", release);
  return () => {
    release();
    removeEventListener("keydown", down);
    removeEventListener("keyup", up);
    removeEventListener("blur", release);
  };
}
