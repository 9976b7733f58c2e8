// A versioned document, made, changed, restored or removed: the text at the left, line by line what
// differs at the right. A restored version is the old content as a new version.
import { isApiError } from "~/api/client";
import { putDocument, removeDocument } from "~/api/govern/documents";
import { documentQuery } from "~/api/govern/queries";
import type { Space, VersionedDocument } from "~/api/govern/types";
import { spaceTitle } from "~/components/spaces";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Input";
import { JsonEditor } from "~/ui/JsonEditor";
import { canonical, parseObject, pretty } from "~/util/json";
import { type Merged, mergeJson } from "~/util/merge";
import { EditWithReason } from "../edit/EditWithReason";
import { type Read, useEdit } from "../edit/useEdit";
import { whatOf } from "./asks";
import { textDiff, valueDiff } from "./diffs";
import { DOCUMENTS, useTold } from "./told";

type Form = { name: string; description: string; text: string };

const formOf = ({ name, description, document }: VersionedDocument): Form => ({
  name,
  description,
  text: pretty(document),
});
const read = (document: VersionedDocument): Read<Form> => ({
  values: formOf(document),
  version: document.version,
  by: document.updated_by,
  at: document.updated_at,
});

const NAME = /^[a-z][a-z0-9._-]{0,62}$/;
const MAX_BYTES = 48 * 1024;

function lacksOf({ name, description, text }: Form): string | undefined {
  if (name === "") return "A name is needed";
  if (!NAME.test(name)) return "The name begins with a small letter; then digits, dots, hyphens";
  if (description.length > 500) return "The description is too long";
  const parsed = parseObject(text);
  if (!parsed.ok) return `Line ${parsed.wrong.line}: ${parsed.wrong.what}`;
  const bytes = new TextEncoder().encode(JSON.stringify(parsed.value)).length;
  return bytes > MAX_BYTES ? "The document is larger than 48 KiB" : undefined;
}

/** For comparing, the order of keys and the blanks do not count; a text that is wrong is as it is. */
function comparable(text: string): string {
  const parsed = parseObject(text);
  return parsed.ok ? canonical(parsed.value) : text;
}

/** Key by key; a text that is no JSON yet cannot be merged and stays. */
export function mergeForms(base: Form, mine: Form, theirs: Form): Merged<Form> {
  const [b, m, t] = [base, mine, theirs].map(({ text }) => parseObject(text));
  const description = mine.description === base.description ? theirs : mine;
  const rest = { name: theirs.name, description: description.description };
  if (!b?.ok || !m?.ok || !t?.ok)
    return { value: { ...rest, text: mine.text }, conflicts: ["text"] };
  const merged = mergeJson(b.value, m.value, t.value);
  return { value: { ...rest, text: pretty(merged.value) }, conflicts: merged.conflicts };
}

function titleOf(document?: VersionedDocument, from?: VersionedDocument): string {
  if (from && (document || from.current_version === null))
    return `Restore version ${from.version} of ${from.name}`;
  return document ? `Edit ${document.name}` : "New document";
}

export function DocumentDialog({
  space,
  document,
  from,
  onClose,
}: {
  space: Space;
  document?: VersionedDocument | undefined;
  from?: VersionedDocument | undefined;
  onClose: () => void;
}) {
  const told = useTold(onClose);
  const title = titleOf(document, from);
  const ask = { of: "document" as const, space, document, from };
  const begins = from ?? document;
  const edit = useEdit<Form, VersionedDocument>({
    what: from ? `restore ${from.version} ${whatOf(ask)}` : whatOf(ask),
    title,
    ask,
    row: document && read(document),
    first: begins ? formOf(begins) : { name: "", description: "", text: "{\n  \n}" },
    lacks: lacksOf,
    latest: document && (async () => read(await told.fetch(documentQuery(space, document.name)))),
    merge: mergeForms,
    send: ({ name, description, text }, write) => {
      const parsed = parseObject(text);
      if (!parsed.ok) throw new Error(parsed.wrong.what);
      return putDocument(space, name, { description, document: parsed.value }, write);
    },
    touches: DOCUMENTS,
    onDone: (made, flow) =>
      told.done(`${made.name} has version ${made.version}`, flow, wayTo(space, made.name)),
  });
  const { values, set } = edit;
  const parsed = parseObject(values.text);
  // A document that already exists is not told from here; the Gateway says who holds the name.
  const taken = isApiError(edit.error) && edit.error.code === "stale_version" && !document;
  return (
    <EditWithReason
      wide
      edit={edit}
      title={title}
      head={<span className="t3 fs12">{spaceTitle(space)}</span>}
      onClose={onClose}
      verb={{ label: begins ? (from ? "Restore" : "Save") : "Make the document" }}
      diff={(before, after) => [
        ...valueDiff("name", before?.name, after.name),
        ...valueDiff("description", before?.description, after.description),
        ...textDiff("document", before && comparable(before.text), comparable(after.text)),
      ]}
    >
      {!begins && (
        <Field
          label="Name"
          mono
          autoFocus
          autoComplete="off"
          spellCheck={false}
          value={values.name}
          error={taken ? "There is a document of this name already" : undefined}
          hint="Never changes"
          onChange={(event) => set({ name: event.target.value })}
        />
      )}
      <Field
        label="What it is for"
        autoComplete="off"
        value={values.description}
        onChange={(event) => set({ description: event.target.value })}
      />
      <JsonEditor
        label="Document, JSON"
        value={values.text}
        wrong={parsed.ok ? undefined : parsed.wrong}
        onChange={(text) => set({ text })}
        end={
          <Button
            size="s"
            variant="quiet"
            off={parsed.ok ? undefined : "What is wrong has to be mended first."}
            onClick={() => parsed.ok && set({ text: pretty(parsed.value) })}
          >
            Tidy up
          </Button>
        }
      />
    </EditWithReason>
  );
}

function wayTo(space: Space, name: string) {
  return space.of === "definition"
    ? ({ to: "/definitions/$kind/$name", params: { kind: space.kind, name } } as const)
    : ({
        to: "/config/$name",
        params: { name },
        search: { tenant: space.of === "tenant" ? space.tenant_id : undefined },
      } as const);
}

export function RemoveDocumentAsk({
  space,
  document,
  onClose,
}: {
  space: Space;
  document: VersionedDocument;
  onClose: () => void;
}) {
  const told = useTold(onClose);
  const title = `Remove ${document.name}`;
  const ask = { of: "document-remove" as const, space, document };
  const edit = useEdit<Form, unknown>({
    what: whatOf(ask),
    title,
    ask,
    row: read(document),
    first: { ...formOf(document), text: "" },
    lacks: () => undefined,
    latest: async () => read(await told.fetch(documentQuery(space, document.name))),
    merge: (_, mine) => ({ value: mine, conflicts: [] }),
    send: (_, write) => removeDocument(space, document.name, write),
    touches: DOCUMENTS,
    onDone: (_, flow) =>
      told.done(`${document.name} is removed`, flow, wayTo(space, document.name)),
  });
  return (
    <EditWithReason
      edit={edit}
      title={title}
      onClose={onClose}
      says={`Nothing reads it any more. Its ${document.version} ${document.version === 1 ? "version stays" : "versions stay"}, and each can be restored.`}
      verb={{ label: "Remove the document", armed: true }}
      diff={(before) =>
        before
          ? [
              {
                key: document.name,
                lines: before.text.split("\n").map((text) => ({ kind: "del" as const, text })),
              },
            ]
          : []
      }
    />
  );
}
