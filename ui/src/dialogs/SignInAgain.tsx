// The session ended while somebody worked: they sign in again right here, and nothing they typed is
// lost. Whoever comes as somebody else starts afresh.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { type FormEvent, useRef, useState } from "react";
import { isApiError } from "~/api/client";
import { signIn } from "~/api/mutations";
import { sessionQuery } from "~/api/queries";
import { problemOf } from "~/components/tell";
import { sessionEnded } from "~/session/ended";
import { Banner } from "~/ui/Banner";
import { Button } from "~/ui/Button";
import { Field } from "~/ui/Input";
import { Modal } from "~/ui/Modal";
import { dialog } from "./host";
import css from "./VerbDialog.module.css";

const FORM = "sign-in-again";

export function SignInAgain() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const back = useRouterState({ select: (state) => state.location.href });
  const field = useRef<HTMLInputElement>(null);
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const before = client.getQueryData(sessionQuery.queryKey);
  const enter = useMutation({
    mutationFn: () => signIn(username.trim(), password),
    onSuccess: async () => {
      const now = await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
      sessionEnded.set(false);
      if (now?.principal.sub === before?.principal.sub) {
        await client.invalidateQueries();
      } else {
        dialog.set(undefined);
        await client.resetQueries();
      }
    },
    onError: () => setPassword(""),
  });
  const leave = () => {
    sessionEnded.set(false);
    dialog.set(undefined);
    client.setQueryData(sessionQuery.queryKey, null);
    void navigate({ to: "/sign-in", search: { back } });
  };
  const missing =
    username.trim() === ""
      ? "A user name is needed"
      : password === ""
        ? "A password is needed"
        : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!missing && !enter.isPending) enter.mutate();
  };
  const problem = enter.error ? problemOf(enter.error) : undefined;
  const wrong = isApiError(enter.error) && enter.error.status === 401;
  return (
    <Modal
      open
      over
      onClose={leave}
      title="Your session has ended"
      initialFocus={field}
      foot={
        <div className={css.foot}>
          <span className="t3 fs12">{missing}</span>
          <Button size="l" onClick={leave}>
            Leave this page
          </Button>
          <Button
            size="l"
            type="submit"
            form={FORM}
            variant={missing ? "default" : "primary"}
            off={missing ?? (enter.isPending ? "The Gateway is being asked" : undefined)}
          >
            Sign in
          </Button>
        </div>
      }
    >
      <form id={FORM} className={css.body} noValidate onSubmit={submit}>
        <p className="t2">
          Sign in again to go on where you are. What you typed is kept, and nothing was sent.
        </p>
        {problem && (
          <Banner
            tone="bad"
            icon="bad"
            urgent
            title={wrong ? "User name or password is wrong." : problem.code}
          >
            {wrong ? "" : problem.detail}
          </Banner>
        )}
        <Field
          ref={field}
          label="User name"
          autoComplete="username"
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
        <Field
          label="Password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </form>
    </Modal>
  );
}
