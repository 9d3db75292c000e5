import type { en } from "./en";
import { esPages } from "./es.pages";
import { esReview } from "./es.review";

/** Every text of the screen in Spanish. */
export const es: Record<keyof typeof en, string> = {
  ...esPages,
  ...esReview,
  "nav.main": "Páginas",
  "nav.skip": "Ir al contenido",
  "nav.review": "Revisión",
  "nav.inbox": "Entrada",
  "nav.individuals": "Individuos",
  "nav.journal": "Diario",
  "nav.catalog": "Catálogo",
  "app.reviewer": "Revisa",
  "app.reviewer.hint": "Su nombre queda en el diario junto a cada paso",
  "app.theme": "Colores",
  "app.theme.auto": "Como el sistema",
  "app.theme.light": "Claro",
  "app.theme.dark": "Oscuro",
  "app.language": "Idioma",
  "sign.why": "Este catálogo solo se abre con su clave. «resight serve» la muestra después de «#token=».",
  "sign.token": "Clave",
  "sign.in": "Abrir el catálogo",
  "sign.wrong": "Esta clave no abre el catálogo.",
  "common.close": "Cerrar",
  "common.cancel": "Cancelar",
  "common.undo": "Deshacer",
  "common.redo": "Rehacer",
  "common.loading": "Cargando…",
  "common.retry": "Intentar de nuevo",
  "common.noDate": "sin fecha",
  "common.noSpecies": "animal",
  "common.notOpened": "No se pudo mostrar la imagen",
  "problem.title": "No funcionó",
  "problem.offline": "El servidor no contestó. ¿Sigue en marcha «resight serve»?",
};
