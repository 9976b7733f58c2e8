// All keys, on `?`.
import { Button } from "~/ui/Button";
import { Kbd } from "~/ui/Kbd";
import { Modal } from "~/ui/Modal";
import css from "./KeyHelp.module.css";
import { navItems } from "./nav";

const keys: { title: string; rows: [keys: string[], what: string][] }[] = [
  {
    title: "Anywhere",
    rows: [
      [["⌘", "K"], "Find, or paste an id"],
      [["?"], "All keys"],
      [["/"], "Filter the list, as does f"],
      [["n"], "Make a new one, where the page can"],
      [["e"], "Edit the one that is shown"],
      [["esc"], "Close what is on top"],
    ],
  },
  {
    title: "In a table",
    rows: [
      [["j"], "Next row"],
      [["k"], "Row before"],
      [["x"], "Select the row"],
      [["⏎"], "Open the row"],
      [["m"], "Migrate the tenant"],
      [["e"], "Edit the user or role"],
      [["r"], "Revoke the session"],
      [["i"], "Investigate"],
      [["c"], "Copy the id"],
      [["."], "What can be done with it"],
    ],
  },
];

export function KeyHelp({ onClose }: { onClose: () => void }) {
  const go: [string[], string][] = navItems.flatMap(({ chord, label }) =>
    chord ? [[["g", chord], label] as [string[], string]] : [],
  );
  return (
    <Modal
      open
      onClose={onClose}
      title="All keys"
      size="wide"
      head={
        <>
          <span className="grow" />
          <Button
            variant="quiet"
            size="s"
            square
            icon="close"
            aria-label="Close"
            onClick={onClose}
          />
        </>
      }
    >
      <div className={css.columns}>
        {[...keys, { title: "Go to", rows: go }].map((group) => (
          <section key={group.title}>
            <h3 className={css.title}>{group.title}</h3>
            <dl className={css.list}>
              {group.rows.map(([names, what]) => (
                <div key={what}>
                  <dt>
                    {names.map((name) => (
                      <Kbd key={name}>{name}</Kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
