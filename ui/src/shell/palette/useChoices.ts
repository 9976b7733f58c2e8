// What the palette offers for a text: what it is an id of (asked of the API), what can be done with
// that, what can always be done, and the pages. Nothing is hidden for lack of a right: it is off.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { jobQuery, searchQuery } from "~/api/queries";
import type { Job, SearchHit } from "~/api/types";
import { useOwnDrafts } from "~/components/DraftBanner";
import { reachOf } from "~/session/reach";
import { holds, useSession } from "~/session/session";
import { useSignOut } from "~/session/signOut";
import { type NavItem, navItems } from "../nav";
import { overlay } from "../overlay";
import { type Action, actionsOf, governs, jobDoes, opens, tenantDoes } from "./actions";
import { hitValue } from "./hits";
import { looksLikeId } from "./idKind";

export type Choices = {
  searching: boolean;
  /** How the search stands, in words: `2 found`. */
  told: string;
  /** What the text is an id of at the Gateway. */
  opened: Action[];
  jobs: SearchHit[];
  others: SearchHit[];
  /** The first job that was found, once it is read itself. */
  job: Job | undefined;
  pasted: boolean;
  actions: Action[];
  pages: NavItem[];
  /** What Enter does until somebody moves; results arrive after the typing. */
  first: string;
  empty: boolean;
};

export function useChoices(query: string): Choices {
  const searching = looksLikeId(query);
  const search = useQuery({ ...searchQuery(query), enabled: searching });
  const session = useSession();
  const signOut = useSignOut();
  const navigate = useNavigate();
  const drafts = useOwnDrafts();
  const hits = searching ? (search.data?.hits ?? []) : [];
  const jobs = hits.filter((hit) => hit.type === "job");
  const others = hits.filter((hit) => hit.type !== "job");
  // What can be asked of the job that was found is the job's own word, so it is read first.
  const [firstJob] = jobs;
  const read = useQuery({ ...jobQuery(firstJob?.id ?? ""), enabled: firstJob !== undefined });
  const job = firstJob ? read.data : undefined;
  const [tenant] = others.filter((hit) => hit.type === "tenant" && hit.id === query);
  const lacks = (right: string, of: string | undefined) =>
    holds(session?.rights ?? [], right, of) ? undefined : `You lack ${right}.`;

  const words = query.toLowerCase();
  const fits = ({ label }: { label: string }) =>
    words === "" || label.toLowerCase().includes(words);
  const pages = navItems.filter(fits);
  const may = (right: string) =>
    reachOf(session, right).length > 0 ? undefined : `You lack ${right}.`;
  const opened = opens(query, (href) => void navigate({ to: href }));
  const made = governs(may, drafts).filter(fits);
  const always = actionsOf({
    signOut,
    showKeys: () => overlay.set("keys"),
    showRecent: () => overlay.set("recent"),
  }).filter(fits);
  const actions = [
    ...(job ? jobDoes(job, lacks) : []),
    ...(tenant ? tenantDoes(tenant.id, lacks) : []),
    ...made,
    ...always,
  ];
  const pasted = searching && query.length >= 6;
  const [first = ""] = [
    ...opened.map(({ id }) => id),
    ...[...jobs, ...others].map(hitValue),
    ...(pasted ? [`investigate ${query}`] : []),
    ...actions.filter((action) => !action.off).map((action) => action.id),
    ...pages.map((page) => `page ${page.to}`),
  ];
  const told = search.isFetching ? "looking" : search.isError ? "cannot look" : undefined;
  return {
    searching,
    opened,
    told: told ?? `${hits.length} found`,
    jobs,
    others,
    job,
    pasted,
    actions,
    pages,
    first,
    empty: hits.length + pages.length + made.length + always.length === 0 && !pasted,
  };
}
