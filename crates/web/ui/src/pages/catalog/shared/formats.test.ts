import { beforeEach, expect, it } from "vitest";
import { setLanguage } from "../../../strings";
import { bytesText, captureText, counted, daysText, durationText, localTime } from "./formats";

beforeEach(() => setLanguage("en"));

it("counts in the singular and the plural", () => {
  expect(counted(1, "photos")).toBe("1 photo");
  expect(counted(2400, "photos")).toBe("2,400 photos");
  setLanguage("es");
  expect(counted(1, "photos")).toBe("1 foto");
});

it("says capture times as the camera does, without seconds", () => {
  expect(captureText("2022-06-15 10:31:07")).toBe("2022-06-15 10:31");
  expect(captureText("2022-06-15")).toBe("2022-06-15");
  expect(captureText(null)).toBe("no date");
  expect(daysText("2022-06-15 10:31:07", "2022-06-15 11:00:00")).toBe("2022-06-15");
  expect(daysText("2020-01-02", "2022-06-15")).toBe("2020-01-02 to 2022-06-15");
});

it("leaves a time that it cannot read as it is", () => {
  expect(localTime("yesterday")).toBe("yesterday");
  expect(localTime("2026-11-30T10:00:00Z")).toContain("2026");
});

it("says sizes and durations roughly", () => {
  expect(bytesText(999)).toBe("999 byte");
  expect(bytesText(3_400_000)).toBe("3.4 MB");
  expect(durationText(40)).toBe("40 sec");
  expect(durationText(200)).toBe("3 min");
  expect(durationText(7200)).toBe("2 hr");
});
