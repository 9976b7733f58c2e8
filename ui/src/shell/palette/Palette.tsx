// ⌘K: paste any id and go where it leads; or go to a page, or do something. What there is to choose
// from is in usePalette.ts; this only shows it.
import { Dialog } from "@base-ui/react/dialog";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { type ReactNode, useDeferredValue, useState } from "react";
import type { SearchHit } from "~/api/types";
import { whereOf } from "~/components/jobMoves";
import { JobStatus } from "~/components/states";
import type { IconName } from "~/ui/glyphs";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { hitHref, hitTitle, hitValue } from "./hits";
import { idKind } from "./idKind";
import css from "./Palette.module.css";
import { type Choices, useChoices } from "./useChoices";

const hitIcons: Record<string, IconName> = {
  job: "jobs",
  tenant: "tenants",
  audit: "audit",
};

export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [picked, setPicked] = useState("");
  const query = useDeferredValue(text.trim());
  const choices = useChoices(query);
  const navigate = useNavigate();
  const close = (then: () => void) => {
    onClose();
    then();
  };
  return (
    <Dialog.Root open onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.scrim} />
        <Dialog.Popup className={css.palette} aria-label="Find">
          <Command
            shouldFilter={false}
            loop
            label="Find or paste any id"
            value={picked || choices.first}
            onValueChange={setPicked}
          >
            <div className={css.query}>
              <Icon name="find" />
              <Command.Input
                autoFocus
                value={text}
                onValueChange={(next) => {
                  setText(next);
                  setPicked("");
                }}
                placeholder="Find or paste any id"
                className={css.input}
                aria-label="Find or paste any id"
              />
              {choices.searching && (
                <span className={css.chip} role="status">
                  {idKind(query)}, {choices.told}
                </span>
              )}
            </div>
            <Command.List className={css.list} label="Results">
              <Found
                choices={choices}
                query={query}
                onDo={close}
                onGo={(href) => close(() => void navigate({ to: href }))}
              />
              <Offered
                choices={choices}
                onDo={close}
                onGo={(href) => close(() => void navigate({ to: href }))}
              />
              {choices.empty && (
                <p className={css.none}>
                  Nothing is called “{query}”. Paste a request, correlation, trace or job id, or a
                  tenant.
                </p>
              )}
            </Command.List>
          </Command>
          <Foot />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** What the text is an id of. */
function Found({
  choices: { opened, jobs, others, job, pasted },
  query,
  onDo,
  onGo,
}: {
  choices: Choices;
  query: string;
  onDo: (run: () => void) => void;
  onGo: (href: string) => void;
}) {
  const of = job?.tenant_id;
  return (
    <>
      <Group head="At the Gateway" show={opened.length > 0}>
        {opened.map((action) => (
          <Row
            key={action.id}
            value={action.id}
            icon={action.icon}
            label={action.label}
            onSelect={() => onDo(action.run)}
          />
        ))}
      </Group>
      <Group head="Job" show={jobs.length > 0}>
        {jobs.map((hit) => (
          <Hit key={hit.id} hit={hit} query={query} onGo={onGo}>
            {hit.state && <JobStatus state={hit.state} />}
          </Hit>
        ))}
      </Group>
      <Group head="Belongs to it" show={others.length > 0 || pasted}>
        {others.map((hit) => (
          <Hit key={hitValue(hit)} hit={hit} query={query} onGo={onGo} />
        ))}
        {job && of && !others.some((hit) => hit.type === "tenant") && (
          <Row
            value={`tenant of ${job.job_id}`}
            icon="tenants"
            label={`Tenant ${of}`}
            detail={whereOf(job)}
            onSelect={() => onGo(`/tenants/${encodeURIComponent(of)}`)}
          />
        )}
        {pasted && (
          <Row
            value={`investigate ${query}`}
            icon="investigate"
            label="Investigate"
            detail={query}
            onSelect={() => onGo(`/investigate?id=${encodeURIComponent(query)}`)}
          />
        )}
      </Group>
    </>
  );
}

/** What can be done, and where one can go. */
function Offered({
  choices: { actions, pages },
  onDo,
  onGo,
}: {
  choices: Choices;
  onDo: (run: () => void) => void;
  onGo: (href: string) => void;
}) {
  return (
    <>
      <Group head="Do" show={actions.length > 0}>
        {actions.map((action) => (
          <Row
            key={action.id}
            value={action.id}
            icon={action.icon}
            label={action.label}
            off={action.off}
            note={action.off ? `off: ${action.off}` : action.note}
            onSelect={() => onDo(action.run)}
          />
        ))}
      </Group>
      <Group head="Go to" show={pages.length > 0}>
        {pages.map((page) => (
          <Row
            key={page.to}
            value={`page ${page.to}`}
            icon={page.icon}
            label={page.label}
            keys={page.chord ? ["g", page.chord] : []}
            onSelect={() => onGo(page.to)}
          />
        ))}
      </Group>
    </>
  );
}

function Foot() {
  return (
    <div className={css.foot}>
      <span>
        <Kbd>↑</Kbd>
        <Kbd>↓</Kbd> choose
      </span>
      <span>
        <Kbd>⏎</Kbd> open
      </span>
      <span>
        <Kbd>esc</Kbd> close
      </span>
      <span className="grow" />
      <span>
        <Kbd>?</Kbd> all keys
      </span>
    </div>
  );
}

function Group({ head, show, children }: { head: string; show: boolean; children: ReactNode }) {
  return show ? (
    <Command.Group heading={head} className={css.group}>
      {children}
    </Command.Group>
  ) : null;
}

function Hit({
  hit,
  query,
  onGo,
  children,
}: {
  hit: SearchHit;
  query: string;
  onGo: (href: string) => void;
  children?: ReactNode;
}) {
  const marked = hit.id.startsWith(query) ? (
    <code>
      <mark>{query}</mark>
      {hit.id.slice(query.length)}
    </code>
  ) : undefined;
  return (
    <Row
      value={hitValue(hit)}
      icon={hitIcons[hit.type] ?? "find"}
      label={hitTitle(hit)}
      detail={hit.type === "job" ? (marked ?? <code>{hit.id}</code>) : hit.detail}
      onSelect={() => onGo(hitHref(hit))}
    >
      {children}
    </Row>
  );
}

function Row({
  value,
  icon,
  label,
  detail,
  note,
  keys = [],
  off,
  onSelect,
  children,
}: {
  value: string;
  icon: IconName;
  label: string;
  detail?: ReactNode;
  note?: string | undefined;
  keys?: readonly string[];
  off?: string | undefined;
  onSelect: () => void;
  children?: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      className={css.item}
      disabled={off !== undefined}
      onSelect={onSelect}
    >
      <Icon name={icon} />
      <span>{label}</span>
      {detail && <span className={css.detail}>{detail}</span>}
      <span className={css.right}>
        {children}
        {note}
        {keys.map((key) => (
          <Kbd key={key}>{key}</Kbd>
        ))}
      </span>
    </Command.Item>
  );
}
