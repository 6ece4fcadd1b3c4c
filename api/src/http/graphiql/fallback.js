// GraphiQL with a field for the token, which stays in this tab and is gone when the tab is closed.
const TOKEN = "datahub-token";
const field = document.getElementById("token");
field.value = sessionStorage.getItem(TOKEN) ?? "";

const SAMPLE = `# The latest activities, and where each distance came from.
query Latest {
  activities(first: 5) {
    nodes {
      name
      sportType
      startTimeUtc
      status
      distanceM
      sources { slug }
      provenance(fields: [DISTANCE_M]) {
        source { slug }
        path
        rule
        reason
        agreement
        alternatives { value source { slug } difference }
      }
    }
  }
}
`;

const fetcher = async (body) => {
  const token = field.value.trim();
  const response = await fetch("/graphql", {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json",
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return response.json();
};

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const show = () =>
  // A new token asks for the schema again.
  root.render(
    React.createElement(GraphiQL, {
      key: field.value,
      fetcher,
      defaultQuery: SAMPLE,
      shouldPersistHeaders: false,
    }),
  );
field.addEventListener("change", () => {
  sessionStorage.setItem(TOKEN, field.value.trim());
  show();
});
show();
