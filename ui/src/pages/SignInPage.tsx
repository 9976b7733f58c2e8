// The door: which environment, is it up, and who are you. The Gateway authenticates.
import { valibotResolver } from "@hookform/resolvers/valibot";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { useForm } from "react-hook-form";
import * as v from "valibot";
import { isApiError } from "~/api/client";
import { buildQuery, readyQuery } from "~/api/health";
import { signIn } from "~/api/mutations";
import { sessionQuery } from "~/api/queries";
import { usePageTitle } from "~/components/title";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { Icon } from "~/ui/Icon";
import { Field } from "~/ui/Input";
import { Status } from "~/ui/Status";
import { Time } from "~/ui/Time";
import { useNow } from "~/util/clock";
import { buildText, shortId, span } from "~/util/format";
import { ownPath } from "~/util/search";
import { setTheme, themeStore } from "~/util/theme";
import css from "./SignInPage.module.css";

const route = getRouteApi("/sign-in");
const Form = v.object({
  username: v.pipe(v.string(), v.trim(), v.nonEmpty("Enter your user name")),
  password: v.pipe(v.string(), v.nonEmpty("Enter your password")),
});

export function SignInPage() {
  usePageTitle("Sign in");
  const back = ownPath(route.useSearch().back);
  const router = useRouter();
  const client = useQueryClient();
  const [shown, setShown] = useState(false);
  const form = useForm({
    resolver: valibotResolver(Form),
    defaultValues: { username: "", password: "" },
  });
  const enter = useMutation({
    mutationFn: (values: v.InferOutput<typeof Form>) => signIn(values.username, values.password),
    onSuccess: async () => {
      await client.resetQueries();
      await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
      router.history.push(back ?? "/");
    },
    onError: () => {
      form.resetField("password");
      form.setFocus("password");
    },
  });
  const { errors } = form.formState;
  return (
    <div className={css.page}>
      <main className={css.main}>
        <form
          className={css.form}
          aria-labelledby="sign-in"
          noValidate
          onSubmit={form.handleSubmit((values) => enter.mutate(values))}
        >
          <div className={css.brand}>
            <Icon name="mark" />
            <span className="strong">Control plane</span>
            <span className={css.chip}>{location.host}</span>
          </div>
          <h1 id="sign-in" className={css.title}>
            Sign in
          </h1>
          {enter.error && <Refusal error={enter.error} />}
          <Field
            label="User name"
            autoComplete="username"
            autoFocus
            error={errors.username?.message}
            {...form.register("username")}
          />
          <Field
            label="Password"
            type={shown ? "text" : "password"}
            autoComplete="current-password"
            error={errors.password?.message}
            end={
              <Button
                variant="quiet"
                size="s"
                square
                icon="eye"
                aria-label={shown ? "Hide password" : "Show password"}
                aria-pressed={shown}
                onClick={() => setShown(!shown)}
              />
            }
            {...form.register("password")}
          />
          <Button
            variant="primary"
            size="l"
            type="submit"
            off={enter.isPending ? "The Gateway is being asked." : undefined}
          >
            {enter.isPending ? "Signing in" : "Sign in"}
          </Button>
          <p className="t3 fs12">
            Your Gateway account signs you in. Every try, allowed or denied, is written to the audit
            log with your address.
          </p>
          {back && back !== "/" && (
            <p className={css.back}>
              You were on <code className="t2">{back.split("/").map(shortId).join("/")}</code> and
              go back there.
            </p>
          )}
        </form>
      </main>
      <Foot />
    </div>
  );
}

function Refusal({ error }: { error: Error }) {
  const known = isApiError(error);
  const wrong = known && error.status === 401;
  return (
    <Banner
      tone="bad"
      icon="bad"
      urgent
      title={wrong ? "User name or password is wrong." : "You are not signed in."}
    >
      {wrong ? "" : error.message}{" "}
      {known && error.request_id && (
        <code className={css.id} title={error.request_id}>
          {shortId(error.request_id)}
        </code>
      )}
    </Banner>
  );
}

function Foot() {
  const ready = useQuery(readyQuery);
  const build = useQuery(buildQuery).data;
  const now = useNow();
  const theme = themeStore.get();
  const up = ready.data?.ok;
  return (
    <footer className={css.foot}>
      {ready.isPending ? (
        <Status tone="off" icon="pending">
          Asking whether it is up
        </Status>
      ) : up ? (
        <Status tone="ok" icon="ok">
          API ready, {span(ready.data?.tookMs ?? 0)}
        </Status>
      ) : (
        <Status tone="warn" icon="wait">
          {ready.data ? `API not ready: ${ready.data.failing.join(", ")}` : "API does not answer"}
        </Status>
      )}
      {build && (
        <span>
          {build.service} {buildText(`${build.version} (${build.git_sha})`)}
        </span>
      )}
      <span className="grow" />
      <Time at={now} style="full" />
      <Button
        variant="quiet"
        size="s"
        square
        icon="theme"
        aria-label="Switch theme"
        onClick={() => setTheme(theme === "dark" ? "light" : "dark")}
      />
    </footer>
  );
}
