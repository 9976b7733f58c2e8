// Every primitive in each of its states, for eyes, tests and axe. Needs no API and no session.
import { lazy, Suspense } from "react";
import { usePageTitle } from "~/components/title";
import { Button } from "~/ui/Button";
import { useStore } from "~/util/store";
import { setTheme, themeStore } from "~/util/theme";
import css from "./PrimitivesPage.module.css";

const Controls = lazy(async () => ({ default: (await import("./Controls")).Controls }));
const Feedback = lazy(async () => ({ default: (await import("./Feedback")).Feedback }));
const Data = lazy(async () => ({ default: (await import("./Data")).Data }));

export function PrimitivesPage() {
  usePageTitle("Primitives");
  const theme = useStore(themeStore);
  return (
    <main className={css.page}>
      <header className={css.head}>
        <h1 className={css.title}>Primitives</h1>
        <Button icon="theme" onClick={() => setTheme(theme === "dark" ? "light" : "dark")}>
          {theme === "dark" ? "Switch to light" : "Switch to dark"}
        </Button>
      </header>
      <Suspense fallback={null}>
        <Controls />
        <Feedback />
        <Data />
      </Suspense>
    </main>
  );
}
