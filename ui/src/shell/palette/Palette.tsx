// ⌘K: paste any id and go where it leads; or go to a page, or do something. Pages come from the
// navigation, actions from actions.ts, what an id belongs to from the API.
import { Dialog } from "@base-ui/react/dialog";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { type ReactNode, useDeferredValue, useState } from "react";
import { jobQuery, searchQuery } from "~/api/queries";
import type { SearchHit } from "~/api/types";
import { whereOf } from "~/components/jobMoves";
import { JobStatus } from "~/components/states";
import { useSignOut } from "~/session/signOut";
import type { IconName } from "~/ui/glyphs";
import { Icon } from "~/ui/Icon";
import { Kbd } from "~/ui/Kbd";
import { navItems } from "../nav";
import { overlay } from "../overlay";
import { type Action, actionsOf, jobDoes, tenantDoes } from "./actions";
import { hitHref, hitTitle } from "./hits";
import { idKind, looksLikeId } from "./idKind";
import css from "./Palette.module.css";

const hitIcons: Record<string, IconName> = {
  job: "jobs",
  tenant: "tenants",
  audit: "audit",
  request: "investigate",
  correlation: "investigate",
  trace: "external",
};

export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [picked, setPicked] = useState("");
  const query = useDeferredValue(text.trim());
  const searching = looksLikeId(query);
  const search = useQuery({ ...searchQuery(query), enabled: searching });
  const navigate = useNavigate();
  const signOut = useSignOut();
  const hits = searching ? (search.data?.hits ?? []) : [];
  const jobs = hits.filter((hit) => hit.type === "job");
  const others = hits.filter((hit) => hit.type !== "job");
  const go = (href: string) => {
    onClose();
    void navigate({ to: href });
  };
  const run = (action: Action) => {
    onClose();
    action.run();
  };
  const words = query.toLowerCase();
  const fits = (label: string) => words === "" || label.toLowerCase().includes(words);
  const pages = navItems.filter(({ label }) => fits(label));
  const actions = actionsOf({
    signOut,
    showKeys: () => overlay.set("keys"),
    showRecent: () => overlay.set("recent"),
  }).filter(({ label }) => fits(label));
  // What can be asked of the job that was found is the job's own word, so it is read first.
  const [firstJob] = jobs;
  const job = useQuery({ ...jobQuery(firstJob?.id ?? ""), enabled: firstJob !== undefined });
  const [tenant] = others.filter((hit) => hit.type === "tenant" && hit.id === query);
  const found = [
    ...(firstJob && job.data ? jobDoes(job.data) : []),
    ...(tenant ? tenantDoes(tenant.id) : []),
  ];
  const pasted = searching && query.length >= 6;
  const of = job.data?.tenant_id;
  // Enter does what stands first until somebody moves; results arrive after the typing.
  const [first = ""] = [
    ...[...jobs, ...others].map(hitValue),
    ...(pasted ? [`investigate ${query}`] : []),
    ...[...found, ...actions].filter((action) => !action.off).map((action) => action.id),
    ...pages.map((page) => `page ${page.to}`),
  ];
  return (
    <Dialog.Root open onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={css.scrim} />
        <Dialog.Popup className={css.palette} aria-label="Find">
          <Command
            shouldFilter={false}
            loop
            label="Find or paste any id"
            value={picked || first}
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
              {searching && (
                <span className={css.chip} role="status">
                  {idKind(query)}
                  {search.isFetching
                    ? ", looking"
                    : search.isError
                      ? ", cannot look"
                      : `, ${jobs.length + others.length} found`}
                </span>
              )}
            </div>
            <Command.List className={css.list} label="Results">
              <Group head="Job" show={jobs.length > 0}>
                {jobs.map((hit) => (
                  <Hit key={hit.id} hit={hit} query={query} onGo={go}>
                    {hit.state && <JobStatus state={hit.state} />}
                  </Hit>
                ))}
              </Group>
              <Group head="Belongs to it" show={others.length > 0 || pasted}>
                {others.map((hit) => (
                  <Hit key={hitValue(hit)} hit={hit} query={query} onGo={go} />
                ))}
                {firstJob && of && !others.some((hit) => hit.type === "tenant") && (
                  <Row
                    value={`tenant of ${firstJob.id}`}
                    icon="tenants"
                    label={`Tenant ${of}`}
                    detail={job.data && whereOf(job.data)}
                    onSelect={() => go(`/tenants/${encodeURIComponent(of)}`)}
                  />
                )}
                {pasted && (
                  <Row
                    value={`investigate ${query}`}
                    icon="investigate"
                    label="Investigate"
                    detail={query}
                    onSelect={() => go(`/investigate?id=${encodeURIComponent(query)}`)}
                  />
                )}
              </Group>
              <Group head="Do" show={found.length + actions.length > 0}>
                {[...found, ...actions].map((action) => (
                  <Row
                    key={action.id}
                    value={action.id}
                    icon={action.icon}
                    label={action.label}
                    off={action.off}
                    note={action.off ? `off: ${action.off}` : action.note}
                    onSelect={() => run(action)}
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
                    onSelect={() => go(page.to)}
                  />
                ))}
              </Group>
              {hits.length + pages.length + actions.length === 0 && !pasted && (
                <p className={css.none}>
                  Nothing is called “{query}”. Paste a request, correlation, trace or job id, or a
                  tenant.
                </p>
              )}
            </Command.List>
          </Command>
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
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const hitValue = (hit: SearchHit) => `${hit.type} ${hit.id}`;

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
