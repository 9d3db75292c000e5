import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, listen } from "../../api/client";
import type { Job } from "../../api/types";
import { isActive, withJob } from "./shared/jobs";

/** The jobs of the server, kept up to date. */
export interface Jobs {
  jobs: Job[];
  ready: boolean;
  problem: unknown;
  reload: () => void;
}

/** Reads the jobs and follows those that still have something to do; `onEnd` hears when one has ended. */
export function useJobs(onEnd: () => void): Jobs {
  const [shown, setShown] = useState<{ jobs: Job[]; ready: boolean; problem: unknown }>({ jobs: [], ready: false, problem: null });
  const followed = useRef(new Map<string, () => void>());

  const follow = useCallback((job: Job) => {
    if (!isActive(job) || followed.current.has(job.job)) {
      return;
    }
    const stop = listen(job.job, (now) => {
      setShown((before) => ({ ...before, jobs: withJob(before.jobs, now) }));
      if (!isActive(now)) {
        onEnd();
      }
    });
    followed.current.set(job.job, stop);
  }, []);

  const reload = useCallback(() => {
    get<{ items: Job[] }>("/api/v1/jobs").then(
      ({ items }) => {
        setShown({ jobs: items, ready: true, problem: null });
        items.forEach(follow);
      },
      (problem: unknown) => setShown((before) => ({ ...before, ready: true, problem })),
    );
  }, []);

  useEffect(() => {
    reload();
    const all = followed.current;
    return () => all.forEach((stop) => stop());
  }, []);
  return { ...shown, reload };
}
