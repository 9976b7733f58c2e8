// Things one presses, types into or opens.
import { Button } from "~/ui/Button";
import { FilterChip } from "~/ui/FilterChip";
import { Checkbox, Field } from "~/ui/Input";
import { Kbd } from "~/ui/Kbd";
import { Menu } from "~/ui/Menu";
import { Modal } from "~/ui/Modal";
import { Segmented } from "~/ui/Segmented";
import { Select } from "~/ui/Select";
import { Tabs } from "~/ui/Tabs";
import { toast, toastError } from "~/util/toasts";
import css from "./PrimitivesPage.module.css";
import { Held, Sample } from "./Sample";

const nothing = () => {};

export function Controls() {
  return (
    <>
      <Sample name="Button">
        <Button>Plan again</Button>
        <Button variant="primary">Go to Tenants</Button>
        <Button variant="armed" icon="move">
          Migrate with override
        </Button>
        <Button variant="danger">Cancel…</Button>
        <Button variant="quiet" icon="plus">
          Add filter
        </Button>
        <Button size="s" icon="download">
          NDJSON
        </Button>
        <Button size="l">Discard plan</Button>
        <Button size="touch" icon="pause">
          Pause…
        </Button>
        <Button icon="undo" off="Placement has not moved: cancel instead of reverse.">
          Reverse
        </Button>
        <Button square icon="more" aria-label="Actions for bluth" />
      </Sample>
      <Sample name="Field and checkbox">
        <div className={css.field}>
          <Field label="Reason, kept in the audit log" defaultValue="run-03 host lost" />
        </div>
        <div className={css.field}>
          <Field label="User name" error="Enter your user name" />
        </div>
        <div className={css.field}>
          <Field
            label="Type umbrella to confirm"
            mono
            hint="2 letters to go"
            placeholder="umbrella"
          />
        </div>
        <Checkbox label="Override source.ready" defaultChecked />
        <Checkbox label="Select all" indeterminate readOnly />
        <Checkbox label="Select acme" />
      </Sample>
      <Sample name="Select, menu, segments">
        <Held first="run-04">
          {(value, set) => (
            <Select
              mono
              label="Target"
              value={value}
              onChange={set}
              options={[
                { value: "run-04", label: "run-04", note: "27.3 % headroom, chosen by rule" },
                { value: "run-02", label: "run-02", note: "26.3 % headroom" },
                { value: "run-03", label: "run-03", off: "it is there now" },
              ]}
            />
          )}
        </Held>
        <Menu
          label="Actions for bluth"
          trigger={<Button iconEnd="down">Actions</Button>}
          items={[
            { id: "m", label: "Migrate…", icon: "move", chord: "m", onSelect: nothing },
            { id: "d", label: "Drain…", icon: "drain", chord: "d", onSelect: nothing },
            {
              id: "u",
              label: "Undrain…",
              icon: "undo",
              off: "bluth is not draining.",
              onSelect: nothing,
            },
            { id: "line", separator: true },
            { id: "c", label: "Copy tenant id", icon: "copy", chord: "c", onSelect: nothing },
          ]}
        />
        <Held first={"utc" as "utc" | "local"}>
          {(value, set) => (
            <Segmented
              label="Time zone"
              value={value}
              onChange={set}
              options={[
                { value: "utc", label: "UTC" },
                { value: "local", label: "Local" },
              ]}
            />
          )}
        </Held>
        <FilterChip field="State" operator="is not" value="absent" onRemove={nothing} />
        <span>
          <Kbd>g</Kbd> <Kbd>j</Kbd>
        </span>
      </Sample>
      <Sample name="Tabs">
        <div className={css.tall}>
          <Held first={"events" as "events" | "audit"}>
            {(value, set) => (
              <Tabs
                label="Story"
                value={value}
                onChange={set}
                tabs={[
                  { id: "events", label: "Events", count: 46 },
                  { id: "audit", label: "Audit", count: 2 },
                ]}
              >
                <p className="t2">{value}</p>
              </Tabs>
            )}
          </Held>
        </div>
      </Sample>
      <Sample name="Dialog and toast">
        <Held first={false}>
          {(open, set) => (
            <>
              <Button onClick={() => set(true)}>Open a question</Button>
              <Modal
                open={open}
                onClose={() => set(false)}
                title="Cancel Migrate acme"
                foot={<Button onClick={() => set(false)}>Keep it running</Button>}
              >
                <div className={css.items}>
                  <Field label="Reason, kept in the audit log" />
                </div>
              </Modal>
            </>
          )}
        </Held>
        <Button
          onClick={() =>
            toast("Migrate acme: accepted", [
              { id: "job_01J9ZK7Q4M8V2T6RX3WB5NCE0H", noun: "job id" },
            ])
          }
        >
          Tell
        </Button>
        <Button
          onClick={() =>
            toastError("Migrate hooli was refused", "409 lock_conflict: held by another job", [
              { id: "req_01J9ZKS4V8E2N6Y1C7MXW5TQ3H", noun: "request id" },
            ])
          }
        >
          Tell of a failure
        </Button>
      </Sample>
    </>
  );
}
