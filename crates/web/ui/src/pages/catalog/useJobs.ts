import { useEffect } from "preact/hooks";
import { askForJobs, followJobs, jobsNow, type JobsNow } from "./shared/following";

/** The jobs of the server, kept up to date. */
export interface Jobs extends JobsNow {
  reload: () => void;
}

/** Follows the jobs of the server; `onEnd` hears when one has ended. */
export function useJobs(onEnd: () => void): Jobs {
  useEffect(() => followJobs((_, ended) => {
    if (ended.length > 0) {
      onEnd();
    }
  }), [onEnd]);
  return { ...jobsNow.value, reload: askForJobs };
}
