import { Button } from "~/ui/Button";
import { Checkbox } from "~/ui/Input";
import { Modal } from "~/ui/Modal";
import type { ChooserProps } from "./ColumnChooser";
import css from "./ColumnMenu.module.css";

/** One check box a column. */
export function ColumnMenu({
  columns,
  hidden,
  onChange,
  onClose,
}: ChooserProps & { onClose: () => void }) {
  return (
    <Modal
      open
      onClose={onClose}
      title="Columns"
      foot={
        <div className={css.foot}>
          <Button onClick={() => onChange([])}>Show all</Button>
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        </div>
      }
    >
      <ul className={css.list}>
        {columns.map(({ id, head }) => (
          <li key={id}>
            <Checkbox
              label={head}
              checked={!hidden.includes(id)}
              onChange={(event) =>
                onChange(
                  event.target.checked ? hidden.filter((each) => each !== id) : [...hidden, id],
                )
              }
            />
          </li>
        ))}
      </ul>
    </Modal>
  );
}
