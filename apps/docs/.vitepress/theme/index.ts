import '@fontsource-variable/instrument-sans'
import '@fontsource-variable/jetbrains-mono'
import { type Theme, useData, withBase } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import { defineComponent, h } from 'vue'
import '../../.site/palette.css'
import './style.css'

const MarkdownVersion = defineComponent(() => {
  const { page } = useData()
  return () => {
    const link = h(
      'a',
      { href: withBase(`/${page.value.relativePath}`), target: '_self' },
      'This page as Markdown',
    )
    return h('p', { class: 'markdown-version' }, link)
  }
})

const NotFound = defineComponent(
  () => () =>
    h('main', { class: 'not-found vp-doc' }, [
      h('h1', 'This page does not exist'),
      h('p', ['Search for it, or begin at the ', h('a', { href: withBase('/') }, 'first page'), '.']),
    ]),
)

const theme: Theme = {
  extends: DefaultTheme,
  Layout: () =>
    h(DefaultTheme.Layout, null, {
      'doc-footer-before': () => h(MarkdownVersion),
      'not-found': () => h(NotFound),
    }),
}

export default theme
