import { cruise, type ICruiseResult } from 'dependency-cruiser'
import { dependencyRules } from './dependency-rules.ts'

/** Names every import in the sources of packages and apps that breaks a rule. */
export async function checkDependencies(root: string): Promise<string[]> {
  const { output } = await cruise(
    ['packages', 'apps'],
    {
      baseDir: root,
      validate: true,
      ruleSet: { forbidden: [...dependencyRules] },
      includeOnly: '',
      exclude: { path: '(^|/)(dist|dist-standalone|test|build)/|tsdown\\.config|vite\\.config' },
      doNotFollow: { path: 'node_modules' },
      tsPreCompilationDeps: true,
    },
    {
      conditionNames: ['@countersign/source', 'types', 'node', 'import', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.json', '.css'],
      mainFields: ['types', 'module', 'main'],
    },
  )
  const { violations } = (output as ICruiseResult).summary
  return violations.map(({ rule, from, to, cycle }) => {
    const path = cycle === undefined ? [from, to] : [from, ...cycle.map(({ name }) => name)]
    return `${rule.name}: ${path.join(' → ')}`
  })
}
