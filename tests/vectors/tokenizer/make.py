"""The ids that Hugging Face's tokenizer gives the corpus.

    pip install tokenizers==0.23.3
    node -e 'import("../../support/tokenizer-corpus.ts").then((it) => process.stdout.write(JSON.stringify(it.tokenizerCorpus())))' > corpus.json
    python make.py tokenizer.json corpus.json | node -e 'process.stdin.pipe(require("node:zlib").createBrotliCompress()).pipe(process.stdout)' > gemma3-ids.json.br
"""

import hashlib, json, re, sys
from tokenizers import Tokenizer

# The one added token that lies outside the models' vocabulary.
IDS = 262144
CONTROL = re.compile(r"<(pad|eos|bos|unk|mask|unused\d+|start_of_turn|end_of_turn)>")


def tokenizer(definition, wanted):
    added = [token for token in definition["added_tokens"] if token["id"] < IDS and wanted(token["content"])]
    changed = dict(definition, added_tokens=added, post_processor=None)
    return Tokenizer.from_str(json.dumps(changed))


definition = json.load(open(sys.argv[1], encoding="utf-8"))
text = open(sys.argv[2], encoding="utf-8").read()
recognised = tokenizer(definition, lambda content: True)
plain = tokenizer(definition, lambda content: not CONTROL.fullmatch(content))
ids, differs = [], {}
for at, item in enumerate(json.loads(text)):
    ids.append(recognised.encode(item, add_special_tokens=False).ids)
    other = plain.encode(item, add_special_tokens=False).ids
    if other != ids[at]:
        differs[str(at)] = other
json.dump(dict(corpusSha256=hashlib.sha256(text.encode()).hexdigest(), ids=ids, plain=differs), sys.stdout, separators=(",", ":"))
