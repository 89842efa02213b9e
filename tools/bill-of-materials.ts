/** One package whose code is in a bundle. */
export interface BundledPackage {
  name: string
  version: string
  /** SPDX identifier or expression, as its manifest has it. */
  license: string
}

/**
 * A CycloneDX 1.6 bill of materials: what a bundle is made of. It has no time and no serial number, so that two
 * builds of one commit are equal.
 */
export function materials(bundle: BundledPackage, parts: readonly BundledPackage[]): object {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component(bundle, 'application') },
    components: parts.map((part) => component(part, 'library')),
    dependencies: [{ ref: packageUrl(bundle), dependsOn: parts.map(packageUrl) }],
  }
}

function component(one: BundledPackage, type: 'application' | 'library'): object {
  const { scope, plain } = parts(one.name)
  return {
    type,
    'bom-ref': packageUrl(one),
    ...(scope === undefined ? {} : { group: scope }),
    name: plain,
    version: one.version,
    licenses: [/\s/.test(one.license) ? { expression: one.license } : { license: { id: one.license } }],
    purl: packageUrl(one),
  }
}

/** `pkg:npm/%40scope/name@1.0.0` */
function packageUrl({ name, version }: BundledPackage): string {
  const { scope, plain } = parts(name)
  return `pkg:npm/${scope === undefined ? '' : `${encodeURIComponent(scope)}/`}${plain}@${version}`
}

function parts(name: string): { scope: string | undefined; plain: string } {
  const [first = '', second] = name.split('/')
  return second === undefined ? { scope: undefined, plain: first } : { scope: first, plain: second }
}
