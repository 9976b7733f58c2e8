import { expect, test } from "vitest";
import { logQuery, lokiLink, tempoLink } from "./explore";

const base = "https://grafana.example/";
const job = {
  correlation_id: "cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV",
  request_id: "req_01J9ZK7PX9C3N5W7J2KD4FTY6A",
  trace_id: "9c41f0a27be84d1fb3a65e0c7d2918f4",
  from: "2026-11-24T14:02:11Z",
  to: "2026-11-24T14:09:48Z",
};
const panes = (link: string | undefined) =>
  JSON.parse(new URL(link ?? "").searchParams.get("panes") ?? "null");

test("golden: logs of one flow", () => {
  const link = lokiLink(base, { correlation_id: job.correlation_id });
  expect(link).toBe(
    "https://grafana.example/explore?schemaVersion=1&panes=%7B%22a%22%3A%7B%22datasource%22%3A%22loki%22%2C%22queries%22%3A%5B%7B%22refId%22%3A%22A%22%2C%22datasource%22%3A%7B%22type%22%3A%22loki%22%2C%22uid%22%3A%22loki%22%7D%2C%22expr%22%3A%22%7Bservice%3D%7E%5C%22.%2B%5C%22%7D+%7C+correlation_id%3D%5C%22cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV%5C%22%22%2C%22queryType%22%3A%22range%22%7D%5D%2C%22range%22%3A%7B%22from%22%3A%22now-24h%22%2C%22to%22%3A%22now%22%7D%7D%7D&orgId=1",
  );
});

test("golden: logs of one job, scoped to its flow, its request and its time", () => {
  expect(panes(lokiLink(base, job))).toEqual({
    a: {
      datasource: "loki",
      queries: [
        {
          refId: "A",
          datasource: { type: "loki", uid: "loki" },
          expr: '{service=~".+"} | correlation_id="cor_01J9ZK7PXA6T0E4M1HSB8GQ2RV" or request_id="req_01J9ZK7PX9C3N5W7J2KD4FTY6A" or trace_id="9c41f0a27be84d1fb3a65e0c7d2918f4"',
          queryType: "range",
        },
      ],
      range: { from: "1795528631000", to: "1795529688000" },
    },
  });
});

test("golden: the trace of one job", () => {
  expect(panes(tempoLink(base, job))).toEqual({
    a: {
      datasource: "tempo",
      queries: [
        {
          refId: "A",
          datasource: { type: "tempo", uid: "tempo" },
          query: "9c41f0a27be84d1fb3a65e0c7d2918f4",
          queryType: "traceql",
        },
      ],
      range: { from: "1795528631000", to: "1795529688000" },
    },
  });
});

test("without an id there is no link, and a quote cannot end the query", () => {
  expect(lokiLink(base, {})).toBeUndefined();
  expect(tempoLink(base, { correlation_id: "c" })).toBeUndefined();
  expect(logQuery({ correlation_id: 'a"} | x="' })).toBe(
    '{service=~".+"} | correlation_id="a\\"} | x=\\""',
  );
});
