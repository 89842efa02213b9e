import type { IForbiddenRuleType } from 'dependency-cruiser'

/**
 * Core's directories from the top. A directory imports those further down, types included, and never one of
 * its own row or above. This list is the only place that declares the order.
 */
const coreLayers: readonly (readonly string[])[] = [
  ['index'],
  ['emulator', 'explain'],
  ['provider'],
  ['node', 'redis', 'opentelemetry'],
  ['auth'],
  ['oauth'],
  ['http', 'jwt'],
  ['keys'],
  ['token'],
  ['crypto'],
  ['errors'],
  ['base'],
]

const core = '^packages/core/src'
const inLayers = (layers: readonly string[]) => `${core}/(${layers.join('|')})[./]`

const layerRules: IForbiddenRuleType[] = coreLayers.flatMap((row, index) =>
  row.map((layer) => {
    const others = row.filter((other) => other !== layer)
    const forbidden = [...coreLayers.slice(0, index).flat(), ...others]
    return {
      name: `core/${layer} imports only layers below it`,
      severity: 'error',
      from: { path: inLayers([layer]) },
      to: { path: inLayers(forbidden) },
    }
  }),
)

const npm = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] as const
const shared = ['core', 'testing', 'fixtures', 'providers'].join('|')
const adapters = `^packages/(?!(?:${shared})/)([^/]+)/src`

/** Which file may import which, over all packages. */
export const dependencyRules: IForbiddenRuleType[] = [
  {
    name: 'no import cycles',
    comment: 'Type-only imports count: a reader has to follow them too.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  ...layerRules,
  {
    name: 'a directory of core must be in the list of layers',
    severity: 'error',
    from: { path: `${core}/`, pathNot: inLayers(coreLayers.flat()) },
    to: {},
  },
  {
    name: 'core imports no other package of the repository',
    severity: 'error',
    from: { path: core },
    to: { path: '^(packages|apps)/', pathNot: '^packages/core/' },
  },
  {
    name: 'core depends on jose and ky only',
    comment: 'src/opentelemetry is loaded by those who have @opentelemetry/api, an optional peer.',
    severity: 'error',
    from: { path: core, pathNot: `${core}/opentelemetry/` },
    to: { dependencyTypes: [...npm], pathNot: ['node_modules/(jose|ky)/', '^packages/'] },
  },
  {
    name: 'core/opentelemetry depends on @opentelemetry/api only',
    severity: 'error',
    from: { path: `${core}/opentelemetry/` },
    to: { dependencyTypes: [...npm], pathNot: ['node_modules/@opentelemetry/api/', '^packages/'] },
  },
  {
    name: 'core uses Node built-ins in src/node only',
    severity: 'error',
    from: { path: core, pathNot: `${core}/node/` },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'adapters import core only',
    severity: 'error',
    from: { path: adapters },
    to: { pathNot: '^packages/($1|core)/' },
  },
  {
    name: 'testing imports core only',
    severity: 'error',
    from: { path: '^packages/testing/src' },
    to: { path: '^(packages|apps)/', pathNot: '^packages/(testing|core)/' },
  },
  {
    name: 'shipped code does not import testing',
    severity: 'error',
    from: { path: '^(packages|apps)/[^/]+/src', pathNot: '^packages/(testing|fixtures)/' },
    to: { path: '^packages/(testing|fixtures)/' },
  },
  {
    name: 'fixtures import testing only',
    severity: 'error',
    from: { path: '^packages/fixtures/src' },
    to: { path: '^(packages|apps)/', pathNot: '^packages/(fixtures|testing)/' },
  },
  {
    name: 'apps find adapters through the registry',
    severity: 'error',
    from: { path: '^apps/[^/]+/src' },
    to: { path: '^packages/', pathNot: '^packages/(core|providers|testing)/' },
  },
  {
    name: 'packages do not import apps',
    severity: 'error',
    from: { path: '^packages/' },
    to: { path: '^apps/' },
  },
  {
    name: 'packages are imported by name, not by path',
    severity: 'error',
    from: { path: '^((?:packages|apps)/[^/]+)/src' },
    to: { path: '^(packages|apps)/', pathNot: '^$1/', dependencyTypes: ['local'] },
  },
  {
    name: 'imports resolve',
    comment: 'The build of the documentation writes what is below .site.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true, pathNot: '(^|/)[.]site/' },
  },
]
