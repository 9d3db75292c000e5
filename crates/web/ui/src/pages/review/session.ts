import { go } from "../../router";
import { preloadPictures } from "./shelf";
import { createReview } from "./store";

/** The one review of this screen; it lives on while other pages are looked at. */
export const review = createReview(preloadPictures, (id) => go("review", id));
