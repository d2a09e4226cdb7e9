import { bundleFiles } from "./statement.ts";

/**
 * A program for `python3` that an auditor can read: it takes rows of the rules `custody-v1` from their columns to the roots of
 * the checkpoints (formats.md, sections 1 and 5), and prints what does not fit. It stands in `verify.md`; its first argument is
 * the bundle, and `statement.json` is where it is run.
 */
export const rowScript = String.raw`import base64, datetime, hashlib, json, re, struct, sys
sha = lambda data: hashlib.sha256(data).digest()
field = lambda data: struct.pack('>i', len(data)) + data
def time(text):
    if text.endswith('infinity'): return struct.pack('>q', -2**63 if text[0] == '-' else 2**63 - 1)
    year, month, day, hour, minute, second, micros = map(int, re.fullmatch(r'([+-]?\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{6})Z', text).groups())
    cycles, year = divmod(year, 400)
    days = (datetime.date(year + 400, month, day) - datetime.date(2000, 1, 1)).days + (cycles - 1) * 146097
    return struct.pack('>q', (((days * 24 + hour) * 60 + minute) * 60 + second) * 10**6 + micros)
report = json.load(open('statement.json'))['predicate']
base = report['base'] or {'size': 0, 'frontier': [], 'row_hash': sha(field(b'custody.chain.v1') + field(bytes.fromhex((report['chain']['chain_id'] or '').replace('-', '')))).hex()}
size, last, tree, wrong, roots = base['size'], bytes.fromhex(base['row_hash']), [bytes.fromhex(each) for each in base['frontier']], 0, {}
def mark():
    root = tree[-1] if tree else sha(b'')
    for node in reversed(tree[:-1]): root = sha(b'\1' + node + root)
    roots[size] = base64.b64encode(root).decode()
sizes = {each['size'] for each in report['checkpoints']}
if size in sizes: mark()
def fits(row):
    text = lambda *keys: b''.join(field(row[key].encode()) for key in keys)
    raw = lambda key: field(bytes.fromhex(row[key]))
    content = field(b'custody.audit.v1') + raw('prev_hash') + field(struct.pack('>q', int(row['seq']))) + text('id') + field(time(row['timestamp'])) \
        + text('actor', 'actor_type', 'action', 'resource_type', 'resource_id', 'event_category') + field(time(row['recorded_at'])) + text('recorded_by') + raw('details_hash')
    is_erased = row['details'] is None and row['details_salt'] is None
    is_details = is_erased or sha(field(b'custody.details.v1') + raw('details_salt') + text('details')).hex() == row['details_hash']
    return is_details and sha(content).hex() == row['row_hash'] and row['prev_hash'] == last.hex() and int(row['seq']) == size + 1
for line in open(sys.argv[1] + '/${bundleFiles.rows}', encoding='utf8', newline='\n'):
    row = json.loads(line)
    try: is_right = fits(row)
    except (TypeError, ValueError, AttributeError): is_right = False
    if not is_right:
        wrong += 1
        print('WRONG: row', row['seq'], repr(row['id']))
    if row['row_hash'] is None: continue
    last = bytes.fromhex(row['row_hash'])
    node, bits = sha(b'\0' + last), size
    while bits & 1: node, bits = sha(b'\1' + tree.pop() + node), bits >> 1
    tree.append(node)
    size += 1
    if size in sizes: mark()
for each in report['checkpoints']:
    _, at, root = open(sys.argv[1] + '/' + each['file'], encoding='utf8', newline='\n').read().split('\n')[:3]
    is_right = roots.get(int(at)) == root
    if int(at) >= base['size'] and not is_right: wrong += 1
    print(each['file'], 'the rows give its root' if is_right else 'its rows were pruned' if int(at) < base['size'] else 'WRONG: the rows give another root')
print(wrong, 'things are wrong' if wrong else 'wrong: rows, links and roots fit')
sys.exit(wrong > 0)`;
