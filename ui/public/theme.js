// Runs before first paint, so a theme never flashes. Must not do anything else; src/util/theme.ts
// is its counterpart and writes the same key.
(() => {
  const root = document.documentElement;
  let wanted = null;
  try {
    wanted = localStorage.getItem("control.theme");
  } catch {
    // Storage may be closed to us; the system's preference decides.
  }
  if (wanted !== "light" && wanted !== "dark") {
    wanted = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  root.dataset.theme = wanted;
})();
