import { createCssVariablesTheme, type ShikiTransformer, type ThemeRegistration } from 'shiki'

/** Colours of code by kind of word. The style sheet gives each a colour, for light and for dark. */
export const codeTheme: ThemeRegistration = createCssVariablesTheme({
  name: 'countersign',
  variablePrefix: '--code-',
  fontStyle: false,
})

/** Colours as classes: the policy of the pages refuses style attributes. */
export const colourByClass: ShikiTransformer = {
  name: 'colour-by-class',
  pre: ({ properties }) => void delete properties['style'],
  span({ properties }) {
    if (properties['style'] === undefined) return
    const [, kind] = /^color:var\(--code-(?:token-)?([a-z-]+)\)$/.exec(String(properties['style'])) ?? []
    if (kind === undefined) throw new Error(`A word of code has the style ${properties['style']}.`)
    delete properties['style']
    if (kind !== 'foreground') properties['class'] = `code-${kind}`
  },
}
