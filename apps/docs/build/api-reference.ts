import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, type CommentTag, ReflectionKind, type TypeDocOptions } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'

/** One public entry point: what an `import` names, and the file that it is. */
export interface EntryPoint {
  /** `@countersign/core/provider` */
  specifier: string
  /** From the root of the repository. */
  file: string
}

/** The reference of one entry point. Links go to other references, from the root of the site. */
export interface ApiPage {
  /** `core/provider` */
  name: string
  specifier: string
  markdown: string
}

interface Manifest {
  name: string
  private?: boolean
  exports?: Record<string, string | Record<string, string>>
}

/** Every entry point of every published package, core first: what others re-export is described there. */
export function readEntryPoints(root: string): EntryPoint[] {
  return globSync('packages/*/package.json', { cwd: root })
    .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(root, path), 'utf8')) as Manifest }))
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ path, manifest }) =>
      Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) => {
        const source = typeof target === 'string' ? undefined : target['@countersign/source']
        if (source === undefined) return []
        return [{ specifier: join(manifest.name, subpath), file: join(path, '..', source) }]
      }),
    )
    .sort((one, other) => rank(one) - rank(other) || one.specifier.localeCompare(other.specifier))
}

const rank = ({ specifier }: EntryPoint) => (specifier.startsWith('@countersign/core') ? 0 : 1)

/** Makes the reference from the comments in the source. `base` is where it is on the site: `/reference/api`. */
export async function makeApiReference(root: string, base: string): Promise<ApiPage[]> {
  const entries = readEntryPoints(root)
  const folder = mkdtempSync(join(tmpdir(), 'api-reference-'))
  const settings: TypeDocOptions & Partial<PluginOptions> = {
    entryPoints: entries.map(({ file }) => join(root, file)),
    tsconfig: join(root, 'apps/docs/build/api.tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    // `pnpm typecheck` reports them, with the compiler that the repository uses.
    skipErrorChecking: true,
    logLevel: 'Warn',
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    preservedTypeAnnotationTags: ['@throws'],
    validation: { invalidLink: true, notExported: false, notDocumented: false },
    treatWarningsAsErrors: true,
    router: 'module',
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', 'References'],
    out: folder,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    classPropertiesFormat: 'table',
    propertyMembersFormat: 'table',
    tableColumnSettings: { hideSources: true, hideInherited: true, hideOverrides: true, hideModifiers: true },
  }
  try {
    const app = await Application.bootstrapWithPlugins(settings)
    const project = await app.convert()
    if (project === undefined) throw new Error('typedoc could not read the packages')
    for (const module of project.children ?? []) {
      const file = project.getSymbolIdFromReflection(module)?.fileName
      const index = entries.findIndex((entry) => join(root, entry.file) === file)
      if (index < 0) throw new Error(`typedoc read ${file}, which is not an entry point`)
      // It names the file and is in the links to it.
      module.name = `entry-${index}`
    }
    for (const reflection of project.getReflectionsByKind(ReflectionKind.All))
      for (const tag of reflection.comment?.blockTags ?? []) keepErrorClass(tag)
    await app.generateOutputs(project)
    if (app.logger.hasErrors() || app.logger.hasWarnings()) throw new Error('typedoc found problems')
    const names = entries.map(({ specifier }) => specifier.replace('@countersign/', ''))
    return entries.map(({ specifier }, index) => {
      const text = readFileSync(join(folder, `entry-${index}.md`), 'utf8')
      const markdown = text
        .replace(/^# .*$/m, `# ${specifier}`)
        .replace(/^## References\n[\s\S]*/m, listReferences)
        .replace(/(?:^#+ Throws\n\n(?:(?!#).+\n)+\n?){2,}/gm, listErrors)
        .replace(/\]\(entry-(\d+)\.md/g, (_link, at: string) => `](${base}/${names[Number(at)]}`)
      return { name: names[index] ?? '', specifier, markdown }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `@throws {KeyError} for a fault` names the class, which the Markdown leaves out. */
function keepErrorClass(tag: CommentTag): void {
  if (tag.tag !== '@throws' || tag.typeAnnotation === undefined) return
  const name = tag.typeAnnotation.replace(/^\{|\}$/g, '')
  tag.content.unshift({ kind: 'code', text: `\`${name}\`` }, { kind: 'text', text: ' ' })
  delete tag.typeAnnotation
}

/** One heading for all errors of a function. */
function listErrors(headings: string): string {
  const [level = ''] = headings.split(' ', 1)
  const errors = headings.split(/^#+ Throws\n\n/m).filter((error) => error !== '')
  return `${level} Throws\n\n${errors.map((error) => `- ${error.trim().replaceAll('\n', '\n  ')}\n`).join('')}\n`
}

/** What is described elsewhere, as a list. */
function listReferences(section: string): string {
  const links = section.match(/\[\w+\]\([^)]+\)/g) ?? []
  return `## Also exported\n\n${links.map((link) => `- ${link}\n`).join('')}`
}
