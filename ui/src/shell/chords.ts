// Keys of the whole console. A key never acts while somebody types or a dialog is open.
import { type NavPath, navItems } from "./nav";
import { overlay } from "./overlay";

const CHORD_MS = 1_200;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** A toast has the role of a dialog too, but takes no keys away. */
const TAKES_KEYS = '[role="dialog"]:not([data-toast]), [role="menu"]';
const dialogOpen = () => document.querySelector(TAKES_KEYS) !== null;

/** Listens until the returned function is called. */
export function listenChords(go: (to: NavPath) => void): () => void {
  let prefix = 0;
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.metaKey || event.ctrlKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      overlay.set(overlay.get() === "palette" ? undefined : "palette");
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (typing(event.target) || dialogOpen() || event.defaultPrevented) return;
    const chorded = Date.now() - prefix < CHORD_MS;
    prefix = 0;
    if (chorded) {
      const item = navItems.find(({ chord }) => chord === event.key);
      if (item) {
        event.preventDefault();
        go(item.to);
      }
      return;
    }
    if (event.key === "j" || event.key === "k") {
      // From anywhere on the page the first list takes over, and the key with it.
      const rows = document.querySelector<HTMLElement>("[data-rows]");
      if (!rows || rows === document.activeElement) return;
      event.preventDefault();
      rows.focus();
      rows.dispatchEvent(new KeyboardEvent("keydown", { key: event.key, bubbles: true }));
      return;
    }
    if (event.key === "g") prefix = Date.now();
    else if (event.key === "?") overlay.set("keys");
    else if (event.key === "e" || event.key === "n") {
      // What the page is for: make a new one, or edit the one that is shown. One that is off says
      // why to who focuses it.
      const verb = document.querySelector<HTMLElement>(`[data-chord="${event.key}"]`);
      if (!verb) return;
      event.preventDefault();
      verb.focus();
      verb.click();
    } else if (event.key === "/" || event.key === "f") {
      const filter = document.querySelector<HTMLElement>("[data-filter]");
      if (!filter) return;
      event.preventDefault();
      filter.focus();
    }
  };
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}
