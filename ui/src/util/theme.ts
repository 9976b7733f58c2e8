// Dark or light, chosen by the operator; public/theme.js applies it before first paint.
import { persistentStore } from "./store";

export type Theme = "dark" | "light";

export const themeStore = persistentStore<Theme>("control.theme", (raw) => {
  if (raw === "light" || raw === "dark") return raw;
  return document.documentElement.dataset.theme === "light" ? "light" : "dark";
});

export function setTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  themeStore.set(theme);
}
