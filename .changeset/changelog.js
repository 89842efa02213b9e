/** One entry: the sentence of its changeset, and the commit that brought it. */
export async function getReleaseLine({ summary, commit }) {
  const [first, ...others] = summary.trim().split('\n')
  const source =
    commit === undefined
      ? ''
      : ` ([${commit.slice(0, 7)}](https://github.com/countersign/countersign/commit/${commit}))`
  return [`- ${first}${source}`, ...others.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')
}

/** What an adapter needs from now on. */
export async function getDependencyReleaseLine(_changesets, updated) {
  return updated.map(({ name, newVersion }) => `- Needs \`${name}\` ${newVersion} or later.`).join('\n')
}

export default { getReleaseLine, getDependencyReleaseLine }
