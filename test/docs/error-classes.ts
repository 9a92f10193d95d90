import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { projectRoot } from '../../catalog/project-root.ts'

const root = projectRoot()
const notSources = new Set(['node_modules', 'dist', 'docs', 'data', 'test', 'bench', 'examples', 'coverage', 'docker'])

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.name.startsWith('.') || notSources.has(path)) return []
    if (entry.isDirectory()) return sourcesBelow(path)
    return folder !== '' && /\.(ts|mjs)$/.test(entry.name) ? [path] : []
  })
}

function literals(node: ts.Node | undefined): string[] {
  if (node === undefined) return []
  if (ts.isStringLiteral(node)) return [node.text]
  if (ts.isLiteralTypeNode(node)) return literals(node.literal)
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(literals)
  if (ts.isSatisfiesExpression(node) || ts.isAsExpression(node)) return literals(node.expression)
  return []
}

/** `<code> <class>` of every error class that declares a `code` in words, in one text. */
export function errorCodesIn(text: string): readonly string[] {
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.ES2023, true)
  const aliases = new Map<string, string[]>()
  for (const statement of source.statements)
    if (ts.isTypeAliasDeclaration(statement)) aliases.set(statement.name.text, literals(statement.type))
  return source.statements.filter(ts.isClassDeclaration).flatMap((declared) => {
    const isAbstract = declared.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.AbstractKeyword)
    if (isAbstract || !declared.heritageClauses?.some((clause) => /Error\b/.test(clause.getText()))) return []
    const code = declared.members.filter(ts.isPropertyDeclaration).find(({ name }) => name.getText() === 'code')
    const type = code?.type
    const named = type && ts.isTypeReferenceNode(type) ? (aliases.get(type.typeName.getText()) ?? []) : literals(type)
    const codes = code?.initializer ? literals(code.initializer) : named
    return codes.map((each) => `${each} ${declared.name?.text}`)
  })
}

/** `<code> <class>` of every error class of the sources. */
export function errorCodes(): readonly string[] {
  return sourcesBelow('').flatMap((path) => errorCodesIn(readFileSync(join(root, path), 'utf8')))
}
