import ts from 'typescript'
import { mayImport, nodeModules, packagePlaces, pureFolders, readsEnvironment } from './import-table.ts'

/** A source file: its path from the project's root, with slashes, and its text. */
export type SourceFile = { readonly path: string; readonly text: string }

const clocks: Readonly<Record<string, readonly string[]>> = {
  Date: ['now'],
  Math: ['random'],
  crypto: ['randomUUID', 'getRandomValues'],
}
const impureNames = new Set([
  ...['performance', 'setTimeout', 'setInterval', 'setImmediate', 'fetch', 'WebSocket', 'XMLHttpRequest'],
  ...['randomUUID', 'randomBytes', 'randomInt', 'process', 'console', 'require'],
])

/** Whether a path is a place of the table, or below it. */
function isIn(path: string, place: string): boolean {
  return place === '*' || path === place || path.startsWith(`${place}/`)
}

/** The folder of the table that a path belongs to. */
function folderOf(path: string): string {
  return path.split('/')[0] ?? ''
}

function resolveImport(from: string, specifier: string): string {
  const resolved: string[] = []
  for (const part of [...from.split('/').slice(0, -1), ...specifier.split('/')]) {
    if (part === '..') resolved.pop()
    else if (part !== '.') resolved.push(part)
  }
  return resolved.join('/')
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

function wrongArrow(path: string, specifier: string): string | undefined {
  const folder = folderOf(path)
  if (specifier.startsWith('.')) {
    const target = resolveImport(path, specifier)
    const allowed = [folder, ...(mayImport[folder] ?? [])]
    if (allowed.some((place) => isIn(target, place))) return undefined
    return mayImport[folder] ? `imports ${target}` : `imports ${target}, but ${folder}/ has no row in the import table`
  }
  if (specifier.startsWith('node:')) {
    const allowed = nodeModules[folder]
    return allowed && !allowed.includes(specifier) ? `imports ${specifier}` : undefined
  }
  const places = packagePlaces[packageOf(specifier)]
  return places && folder !== 'bench' && !places.some((place) => isIn(path, place)) ? `imports ${specifier}` : undefined
}

function impurity(node: ts.Node): string | undefined {
  if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) return 'new Date()'
  if (ts.isPropertyAccessExpression(node) && clocks[node.expression.getText()]?.includes(node.name.text)) {
    return node.getText()
  }
  if (!ts.isIdentifier(node) || !impureNames.has(node.text)) return undefined
  // A property or a type member may have such a name; a free name may not.
  const { parent } = node
  const isMember =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isMethodDeclaration(parent)
  return isMember ? undefined : node.text
}

function readsProcessEnv(node: ts.Node): boolean {
  return ts.isPropertyAccessExpression(node) && node.name.text === 'env' && node.expression.getText() === 'process'
}

/** Everything about a file that the rules of the project forbid, as `path:line: what`. */
export function checkSource({ path, text }: SourceFile): readonly string[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)
  const isPure = pureFolders.includes(folderOf(path))
  const mayReadEnvironment = readsEnvironment.some((place) => isIn(path, place))
  const found: string[] = []
  const report = (at: number, what: string | undefined) => {
    if (what === undefined) return
    found.push(`${path}:${source.getLineAndCharacterOfPosition(at).line + 1}: ${what}`)
  }
  for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles)
    report(pos, wrongArrow(path, fileName))
  const visit = (node: ts.Node): void => {
    if (isPure) report(node.getStart(), impurity(node))
    if (!mayReadEnvironment && readsProcessEnv(node)) report(node.getStart(), 'reads process.env')
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}
