// What must hold, in the order an operator would meet it. Each check has its own browser.
import * as govern from "./govern.mjs";
import * as jobs from "./jobs.mjs";
import * as pages from "./pages.mjs";
import * as trouble from "./trouble.mjs";

export const checks = [
  {
    name: "a wrong password is refused and the way back is kept",
    run: pages.wrongPasswordIsRefused,
  },
  {
    name: "every page is accessible in both themes and complains of nothing",
    run: pages.everyPageIsAccessible,
  },
  { name: "every overlay is accessible in both themes", run: pages.everyOverlayIsAccessible },
  { name: "the keyboard is enough", run: pages.theKeyboardIsEnough },
  { name: "a list is its address", run: pages.aListIsItsAddress },
  { name: "the Gateway's pages fit a phone", run: pages.theNarrowPagesFit },
  { name: "what is unknown is said", run: pages.whatIsUnknownIsSaid },
  {
    name: "a viewer sees everything and is told what is off and why",
    run: pages.aViewerSeesAndChangesNothing,
  },
  {
    name: "a migration is planned, confirmed by typing, and finishes",
    run: jobs.aMigrationIsPlannedConfirmedAndFinishes,
  },
  { name: "its record is in the audit log", run: jobs.itsRecordIsInTheAuditLog },
  { name: "any of its ids leads back to it", run: jobs.anyOfItsIdsLeadsBack },
  { name: "the mirrored migration takes it back", run: jobs.theMirroredMigrationTakesItBack },
  {
    name: "a job that waits says why, and a cancel undoes it",
    run: jobs.aJobThatWaitsCanBeCancelled,
  },
  { name: "the narrow pages fit a phone", run: jobs.theNarrowJobPageFits },
  { name: "a user is made, and signs in", run: govern.aUserIsMadeAndSignsIn },
  {
    name: "rights are changed, and what they do not cover is denied and on record",
    run: govern.rightsAreChangedAndDenialsSeen,
  },
  {
    name: "a session that is revoked is signed out with its next call",
    run: govern.aRevokedSessionIsSignedOut,
  },
  {
    name: "a document is edited with difference and reason, refused, and restored",
    run: govern.aDocumentIsEditedAndRestored,
  },
  { name: "nothing that was typed is lost", run: govern.nothingTypedIsLost },
  {
    name: "an open page outlives the API and needs no reload",
    run: trouble.anOpenPageOutlivesTheApi,
  },
  {
    name: "an open page says that the API is silent, and heals",
    run: trouble.anOpenPageOutlivesASilentApi,
  },
  {
    name: "a session that ends keeps the form that is open",
    run: trouble.aSessionThatEndsKeepsTheForm,
  },
  { name: "signing out ends the session", run: trouble.signingOutEndsTheSession },
];
