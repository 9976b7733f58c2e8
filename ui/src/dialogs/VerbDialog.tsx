// Cancel, pause, resume, retry: one question with a reason. The key is minted when it opens.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { continueFlow } from "~/api/flow";
import { newId } from "~/api/ids";
import { askJob } from "~/api/mutations";
import type { JobVerb } from "~/api/types";
import { problemOf } from "~/components/tell";
import { jobTitle } from "~/components/words";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { IdChip } from "~/ui/IdChip";
import { Field } from "~/ui/Input";
import { Modal } from "~/ui/Modal";
import { toast } from "~/util/toasts";
import type { DialogRequest } from "./host";
import css from "./VerbDialog.module.css";

const texts: Record<
  JobVerb,
  { title: string; says: string; leave: string; verb: string; armed?: true }
> = {
  cancel: {
    title: "Cancel",
    says: "Everything that was started is undone, last step first, and the job ends as Cancelled. The lock is held until the last undo is confirmed.",
    leave: "Keep it running",
    verb: "Cancel the job",
    armed: true,
  },
  pause: {
    title: "Pause",
    says: "The attempt in progress ends, then nothing more is done. Nothing is undone, and the lock is kept.",
    leave: "Keep it running",
    verb: "Pause the job",
  },
  resume: {
    title: "Resume",
    says: "Gates and base revisions are looked at again, then the job goes on from the step it stands at.",
    leave: "Leave it paused",
    verb: "Resume the job",
  },
  retry: {
    title: "Retry the undo of",
    says: "The undo that failed is tried again. Use it once what the error names is mended.",
    leave: "Leave it stuck",
    verb: "Retry the undo",
  },
};

export function VerbDialog({
  request,
  onClose,
}: {
  request: Extract<DialogRequest, { type: "verb" }>;
  onClose: () => void;
}) {
  const { verb, job } = request;
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [key] = useState(() => newId("idem_"));
  const [flow] = useState(() => continueFlow(job.ids.correlation_id));
  const [reason, setReason] = useState("");
  const words = texts[verb];
  const title = jobTitle(job);
  const ask = useMutation({
    mutationFn: () => askJob(job.job_id, verb, reason.trim(), key, flow),
    onSuccess: () => {
      toast(`${words.title} ${title}: accepted`, [{ id: job.job_id, noun: "job id" }]);
      void client.invalidateQueries({ queryKey: ["jobs"] });
      onClose();
    },
  });
  const missing = reason.trim() === "" ? "A reason is needed" : undefined;
  const problem = ask.error ? problemOf(ask.error) : undefined;
  return (
    <Modal
      open
      onClose={onClose}
      title={`${words.title} ${title}`}
      initialFocus={field}
      foot={
        <div className={css.foot}>
          <span className="t3 fs12">{missing}</span>
          <Button size="l" onClick={onClose}>
            {words.leave}
          </Button>
          <Button
            size="l"
            variant={missing ? "default" : words.armed ? "armed" : "primary"}
            off={missing ?? (ask.isPending ? "The API is being asked" : undefined)}
            onClick={() => ask.mutate()}
          >
            {words.verb}
          </Button>
        </div>
      }
    >
      <div className={css.body}>
        <p className="t2">{words.says}</p>
        {problem && (
          <Banner tone="bad" icon="bad" urgent title={problem.code}>
            {problem.detail}{" "}
            {problem.requestId && <IdChip id={problem.requestId} noun="request id" />}
          </Banner>
        )}
        <Field
          ref={field}
          label="Reason, kept in the audit log"
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !missing && !ask.isPending) ask.mutate();
          }}
        />
      </div>
    </Modal>
  );
}
