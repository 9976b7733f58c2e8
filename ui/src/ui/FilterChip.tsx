// One filter of a list: field | operator | value | ×.
import css from "./FilterChip.module.css";
import { Icon } from "./Icon";

export function FilterChip({
  field,
  operator,
  value,
  onRemove,
}: {
  field: string;
  operator: string;
  value: string;
  onRemove: () => void;
}) {
  return (
    <span className={css.chip}>
      <span className={css.field}>{field}</span>
      <span className={css.operator}>{operator}</span>
      <span className={css.value}>{value}</span>
      <button
        type="button"
        onClick={onRemove}
        aria-label={`Remove filter ${field} ${operator} ${value}`}
      >
        <Icon name="close" small />
      </button>
    </span>
  );
}
