import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { renderRoute } from "~/test/render";
import { world } from "~mock/world";

const WONKA = "job_01J9ZH2D0TM7C2X8B5WQ1RWONK";
const HOLDERS = ["job_01J9ZK7Q4M8V2T6RX3WB5NCE0H", "job_01J9ZKE2R5N0H3C8Y6FJ1WZB4D"];

test("a permit that several jobs hold names each of them, each with its own way", async () => {
  const job = world.jobs.get(WONKA);
  if (!job) throw new Error("the scenario has no wonka");
  job.refusal = {
    code: "permit_exhausted",
    message: "migrations/fleet: 2 of 2 in use",
    holder: HOLDERS.join(", "),
  };
  job.because = job.refusal.message;
  renderRoute(`/jobs/${WONKA}`);
  await screen.findByRole("heading", { level: 1, name: "Migrate wonka" });
  const links = screen
    .getAllByRole("link")
    .map((link) => link.getAttribute("href"))
    .filter((href) => HOLDERS.some((id) => href === `/jobs/${id}`));
  expect(links).toEqual(HOLDERS.map((id) => `/jobs/${id}`));
  expect(screen.getByText(/migrations\/fleet: 2 of 2 in use\./)).toBeTruthy();
});

test("an id nobody knows is said to be unknown, not broken", async () => {
  renderRoute("/jobs/job_00000000000000000000000000");
  expect(await screen.findByText("No job has this id")).toBeTruthy();
  expect(screen.getByText("404 unknown_job")).toBeTruthy();
});
