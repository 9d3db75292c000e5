import { ApiProblem, heardStatus } from "../../api/client";
import { t } from "../../strings";
import type { FoundFile } from "./files";

/** Sends photos in one request; `onSent` hears how many bytes have gone. Gives the id of the job that takes them in. */
export function upload(files: readonly FoundFile[], onSent: (bytes: number) => void, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  for (const { file, name } of files) {
    form.append("photos", file, name);
  }
  // fetch cannot tell how much has been sent.
  const request = new XMLHttpRequest();
  request.open("POST", "/api/v1/photos");
  request.setRequestHeader("Accept", "application/json");
  request.upload.onprogress = (event) => onSent(event.loaded);
  const abort = () => request.abort();
  signal.addEventListener("abort", abort, { once: true });
  return new Promise<string>((resolve, reject) => {
    request.onload = () => settle(request, resolve, reject);
    request.onerror = () => reject(new ApiProblem(0, "", ""));
    request.onabort = () => reject(new DOMException("", "AbortError"));
    request.onloadend = () => signal.removeEventListener("abort", abort);
    request.send(form);
  });
}

function settle(request: XMLHttpRequest, resolve: (job: string) => void, reject: (problem: ApiProblem) => void): void {
  heardStatus(request.status);
  const body = parsed(request.responseText);
  if (request.status === 202 && typeof body?.["job"] === "string") {
    resolve(body["job"]);
    return;
  }
  const text = (key: string) => (typeof body?.[key] === "string" ? body[key] : undefined);
  reject(new ApiProblem(request.status, text("title") ?? t("problem.title"), text("detail") ?? "", text("hint"), body));
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
