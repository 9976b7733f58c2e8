// Configuration and definitions of the mock, each with its past.
import type { DefinitionKind, JsonObject } from "~/api/govern/types";

export type Version = {
  version: number;
  removed: boolean;
  description: string;
  document: JsonObject;
  at: string;
  by: string | null;
  reason: string | null;
};
export type Paper = {
  name: string;
  kind?: DefinitionKind;
  tenant_id?: string;
  /** Oldest first; the last one is in force. */
  versions: Version[];
};

const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
type Step = [document: JsonObject, by: string | null, reason: string | null, hours: number];

function paper(name: string, description: string, steps: Step[], more: Partial<Paper> = {}): Paper {
  return {
    name,
    ...more,
    versions: steps.map(([document, by, reason, hours], index) => ({
      version: index + 1,
      removed: false,
      description,
      document,
      at: ago(hours),
      by,
      reason,
    })),
  };
}

const buffer = (buffer_ms: number, retry: number) => ({
  buffer_ms,
  listen: { port: 8443, tls: true },
  retry: { attempts: retry, backoff_ms: [50, 200, 800] },
  upstreams: ["aggregate", "projection"],
});

export const spaceKey = (space: { kind?: string; tenant_id?: string }) =>
  space.kind
    ? `definition ${space.kind}`
    : space.tenant_id
      ? `tenant ${space.tenant_id}`
      : "platform";

export function firstPapers(): Map<string, Paper> {
  const made = [
    paper("gateway.routing", "How long a request waits for a tenant that moves", [
      [buffer(5_000, 2), null, null, 4_000],
      [buffer(5_000, 3), "t.lindqvist", "one more try while a shard restarts, CHG-0811", 900],
      [buffer(8_000, 3), "m.okafor", "5,000 → 8,000, INC-2290", 1],
    ]),
    paper("limits", "What one tenant may use", [
      [{ max_commands_per_s: 400, max_events_bytes: 262_144 }, null, null, 4_000],
      [{ max_commands_per_s: 500, max_events_bytes: 262_144 }, "ines.moreau", "CHG-0795", 700],
    ]),
    paper("retention", "How long events of a removed tenant are kept", [
      [{ removed_tenant_days: 90 }, null, null, 4_000],
    ]),
    paper(
      "limits",
      "What acme may use, agreed 2026-10",
      [
        [{ max_commands_per_s: 800 }, "ines.moreau", "contract of October", 800],
        [{ max_commands_per_s: 1_200 }, "m.okafor", "peak of November, CHG-0866", 90],
      ],
      { tenant_id: "acme" },
    ),
    paper(
      "invoice",
      "Invoices and their lines",
      [
        [{ commands: ["draft", "issue"], events: ["drafted", "issued"] }, null, null, 3_000],
        [
          { commands: ["cancel", "draft", "issue"], events: ["cancelled", "drafted", "issued"] },
          "k.adeyemi",
          "invoices can be cancelled, CHG-0840",
          240,
        ],
      ],
      { kind: "aggregate" },
    ),
    paper(
      "open-invoices",
      "Invoices that are not paid",
      [[{ from: ["issued", "paid"], key: "invoice_id" }, null, null, 3_000]],
      { kind: "projection" },
    ),
    paper(
      "dunning",
      "Reminds of invoices that are late",
      [[{ upon: "issued", after_days: 14, does: "send_reminder" }, null, null, 3_000]],
      { kind: "runner" },
    ),
  ];
  return new Map(made.map((each) => [`${spaceKey(each)} ${each.name}`, each]));
}
