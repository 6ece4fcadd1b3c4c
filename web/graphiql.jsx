// GraphiQL with a field for the token and the hub's own example queries, served from the hub's own origin.
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import "./graphiql.css";
import { useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import { examples } from "./examples.js";

const workers = { json: "json.worker.js", graphql: "graphql.worker.js" };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) =>
    new Worker(`/graphiql/assets/${workers[label] ?? "editor.worker.js"}`, { type: "module" }),
};

// The token stays in this tab: it is gone when the tab is closed.
const TOKEN = "datahub-token";

function Hub() {
  const [token, setToken] = useState(() => sessionStorage.getItem(TOKEN) ?? "");
  const keep = (event) => {
    const text = event.target.value.trim();
    sessionStorage.setItem(TOKEN, text);
    setToken(text);
  };
  const fetcher = useMemo(
    () =>
      createGraphiQLFetcher({
        url: "/graphql",
        // Lower case replaces the toolkit's own header; any other case would be sent beside it.
        headers: {
          accept: "application/graphql-response+json",
          ...(token && { authorization: `Bearer ${token}` }),
        },
      }),
    [token],
  );
  return (
    <>
      <label className="token">
        Token
        <input
          type="password"
          name="token"
          autoComplete="off"
          spellCheck={false}
          placeholder="datahub token issue --client me --scope activities:read --athlete all"
          value={token}
          onChange={keep}
        />
      </label>
      {/* A new token asks for the schema again. */}
      <GraphiQL key={token} fetcher={fetcher} defaultTabs={examples} shouldPersistHeaders={false} />
    </>
  );
}

createRoot(document.getElementById("graphiql")).render(<Hub />);
