// A JSON text with its line numbers; what is wrong stands below, with the line, and leads there.
import { useId, useRef } from "react";
import { cx } from "~/util/cx";
import { Button } from "./Button";
import { Icon } from "./Icon";
import css from "./JsonEditor.module.css";

export function JsonEditor({
  label,
  value,
  wrong,
  readOnly,
  onChange,
  end,
}: {
  label: string;
  value: string;
  wrong?: { line: number; what: string } | undefined;
  readOnly?: boolean;
  onChange?: (next: string) => void;
  /** At the right of the label. */
  end?: React.ReactNode;
}) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split("\n");
  const goTo = (line: number) => {
    const from = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    field.current?.focus();
    field.current?.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
  };
  return (
    <div className={css.editor}>
      <div className={css.head}>
        <label htmlFor={id}>{label}</label>
        <span className="grow" />
        {end}
      </div>
      <div className={cx(css.frame, wrong && css.bad)}>
        <div ref={gutter} className={css.gutter} aria-hidden="true">
          {lines.map((_, index) => (
            <div key={index} className={cx(wrong?.line === index + 1 && css.here)}>
              {index + 1}
            </div>
          ))}
        </div>
        <textarea
          ref={field}
          id={id}
          className={css.text}
          value={value}
          readOnly={readOnly}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          wrap="off"
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong ? `${id}-wrong` : undefined}
          onChange={(event) => onChange?.(event.target.value)}
          onScroll={(event) => {
            if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
          }}
        />
      </div>
      {wrong && (
        <div id={`${id}-wrong`} className={css.wrong} role="status">
          <Icon name="bad" small />
          <span>
            Line {wrong.line}: {wrong.what}
          </span>
          <Button size="s" variant="quiet" onClick={() => goTo(wrong.line)}>
            Go to line {wrong.line}
          </Button>
        </div>
      )}
    </div>
  );
}
