import { expect, test } from "vitest";
import { resourceWay, writeText } from "./resource";

const row = (operation: string, resource: string, tenant_id: string | null = null) => ({
  operation,
  resource,
  tenant_id,
});
const said = (...args: Parameters<typeof row>) => {
  const told = writeText(row(...args));
  return told && `${told.subject} ${told.done}`;
};

test("a write to the Gateway reads as a sentence", () => {
  expect(said("iam.users.update", "users/ada")).toBe("User ada was changed");
  expect(said("iam.users.sign_out", "users/idp%7C42")).toBe(
    "User idp|42 was signed out everywhere",
  );
  expect(said("config.documents.write", "documents/limits", "acme")).toBe(
    "Configuration limits of acme was written",
  );
  expect(said("definitions.delete", "runner/dunning")).toBe("Runner dunning was removed");
  expect(said("iam.users.create", "users")).toBe("User was made");
  expect(said("jobs.create", "users/ada")).toBeUndefined();
  expect(said("iam.users.update", "%zz/x")).toBeUndefined();
});

test("it leads to the page of what was written", () => {
  expect(resourceWay(row("iam.users.update", "users/idp%7C42"))).toEqual({
    to: "/users/$sub",
    params: { sub: "idp|42" },
  });
  expect(resourceWay(row("config.documents.write", "documents/limits", "acme"))).toEqual({
    to: "/config/$name",
    params: { name: "limits" },
    search: { tenant: "acme" },
  });
  expect(resourceWay(row("iam.users.create", "users"))).toBeUndefined();
  expect(resourceWay(row("x", "gateway/y"))).toBeUndefined();
});
