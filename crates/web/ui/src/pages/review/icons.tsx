// Line icons on a 16-pixel grid, drawn in the color of the words beside them.
import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.6"
      stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">{children}</svg>
  );
}

/** A tick. */
export const SameIcon = () => <Icon><path d="M3 8.500 6.500 12 13 4.500" /></Icon>;
/** A cross. */
export const DifferentIcon = () => <Icon><path d="M4 4l8 8M12 4l-8 8" /></Icon>;
/** A question mark. */
export const CannotTellIcon = () => <Icon><path d="M5.500 6a2.500 2.500 0 1 1 3.600 2.200c-.8.400-1.100.9-1.100 1.800M8 12.800v.1" /></Icon>;
/** An unequal sign. */
export const NotComparableIcon = () => <Icon><path d="M3 6h10M3 10h10M11 3 5 13" /></Icon>;
/** A plus. */
export const NewIcon = () => <Icon><path d="M8 3v10M3 8h10" /></Icon>;
/** A photo crossed out. */
export const BadPhotoIcon = () => <Icon><rect x="2" y="4" width="12" height="9" rx="1.500" /><path d="M2 2l12 12" /></Icon>;
/** A link. */
export const SyncIcon = () => <Icon><path d="M6.500 9.500l3-3M7 4.500 8.500 3a3.200 3.200 0 0 1 4.500 4.500L11.500 9M9 11.500 7.500 13A3.200 3.200 0 0 1 3 8.500L4.500 7" /></Icon>;
/** Two points joined. */
export const AlignIcon = () => <Icon><circle cx="4" cy="5" r="1.700" /><circle cx="12" cy="11" r="1.700" /><path d="M8 1.500v2M8 12.500v2M5.500 6.200l5 3.700" /></Icon>;
/** A flash. */
export const FlickerIcon = () => <Icon><path d="M9 1.500 3.500 9H8l-1 5.500L12.500 7H8z" /></Icon>;
/** Two sheets. */
export const OverlayIcon = () => <Icon><rect x="2" y="2" width="8.500" height="8.500" rx="1" /><rect x="5.500" y="5.500" width="8.500" height="8.500" rx="1" /></Icon>;
/** Two halves. */
export const MirrorIcon = () => <Icon><path d="M8 2v12M5.500 4.500 2 11.500h3.500zM10.500 4.500l3.500 7h-3.500z" /></Icon>;
/** A loupe. */
export const LoupeIcon = () => <Icon><circle cx="7" cy="7" r="4.500" /><path d="M10.500 10.500 14 14" /></Icon>;
/** Points joined across. */
export const MatchesIcon = () => <Icon><circle cx="3" cy="4" r="1.500" /><circle cx="13" cy="6" r="1.500" /><circle cx="3" cy="11" r="1.500" /><circle cx="13" cy="12.500" r="1.500" /><path d="M4.500 4.300l7 1.400M4.500 11.200l7 1" /></Icon>;
/** A frame. */
export const WholeIcon = () => <Icon><path d="M2 5.500V2h3.500M10.500 2H14v3.500M14 10.500V14h-3.500M5.500 14H2v-3.500" /></Icon>;
/** A frame with a plus. */
export const FitIcon = () => <Icon><rect x="2" y="3.500" width="12" height="9" rx="1" /><path d="M6 8h4M8 6v4" /></Icon>;
/** Arrows outward. */
export const FullScreenIcon = () => <Icon><path d="M9.500 6.500 14 2M10.500 2H14v3.500M6.500 9.500 2 14M5.500 14H2v-3.500" /></Icon>;
/** Half light. */
export const AdjustIcon = () => <Icon><circle cx="8" cy="8" r="5.500" /><path d="M8 2.500v11M8 5.500h4.800M8 8h5.500M8 10.500h4.800" /></Icon>;
/** A keyboard. */
export const KeysIcon = () => <Icon><rect x="1.500" y="4" width="13" height="8.500" rx="1.500" /><path d="M4 6.700h.1M7 6.700h.1M10 6.700h.1M12.500 6.700h.1M5 10h6" /></Icon>;
