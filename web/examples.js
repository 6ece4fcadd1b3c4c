// The tabs that GraphiQL opens with.
export const examples = [
  {
    query: `# The latest activities, and where each distance came from.
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
`,
  },
  {
    query: `# What waits for a person, and why the hub is not sure.
query Review {
  matchCandidates(first: 5) {
    nodes {
      probability
      a { source { slug } name startTimeUtc distanceM }
      b { source { slug } name startTimeUtc distanceM }
      evidence { kind weight explanation }
    }
  }
}
`,
  },
  {
    query: `# How everything stands.
query Status {
  reconciliation {
    matched
    conflicted
    singleSource
    pending
    needsReview
    openCandidates
  }
  viewer { clientId scopes athletes { displayName } }
}
`,
  },
];
