// Every primitive in each of its states, for eyes, tests and axe. Needs no API and no session.
import { usePageTitle } from "~/components/title";
import { Button } from "~/ui/Button";
import { useStore } from "~/util/store";
import { setTheme, themeStore } from "~/util/theme";
import { Controls } from "./Controls";
import { Data } from "./Data";
import { Feedback } from "./Feedback";
import css from "./PrimitivesPage.module.css";

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
      <Controls />
      <Feedback />
      <Data />
    </main>
  );
}
