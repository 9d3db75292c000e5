import { go, route } from "../../router";
import { guardLeaving } from "./guard";
import { preloadPictures } from "./shelf";
import { createReview } from "./store";

/** The one review of this screen; it lives on while other pages are looked at. */
export const review = createReview(preloadPictures, follow);

// Verdicts are on their way while other pages of the screen are looked at, too.
if (typeof window !== "undefined") guardLeaving(review.busy, window);

// Whoever has gone to another page meanwhile is not fetched back when a case arrives.
function follow(id: string): void {
  if (route.peek().page === "review") go("review", id);
}
