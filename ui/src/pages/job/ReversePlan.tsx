// How this migration is taken back: undo before the flip, a mirrored migration after it.
import type { Plan } from "~/api/types";
import css from "./JobPage.module.css";

export function ReversePlan({ plan }: { plan: Plan }) {
  return (
    <div className={css.steps}>
      <p>
        Before the point of no return every started step is undone, last first. After it the way
        back is the mirrored migration with a new epoch; the source keeps its copy until finalize.
      </p>
      <ol>
        {plan.reverse_steps.map((step) => (
          <li key={`${step.of} ${step.title}`}>
            <code>{step.of}</code> {step.title}
          </li>
        ))}
      </ol>
      {plan.irreversible.length === 0 ? (
        <p>Nothing in this plan is irreversible.</p>
      ) : (
        <ul>
          {plan.irreversible.map((sentence) => (
            <li key={sentence} className="c-warn">
              {sentence}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
