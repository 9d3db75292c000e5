export { AnnotationPicture, annotationSource, annotationWords } from "./AnnotationPicture";
export { Button } from "./Button";
export { Dialog } from "./Dialog";
export { Picture } from "./Picture";
export { Empty, Loading, Percent, percentWords, Tag } from "./small";
