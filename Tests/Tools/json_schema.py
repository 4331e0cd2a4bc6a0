#!/usr/bin/env python3
"""Holds a JSON document against a schema: json_schema.py SCHEMA DOCUMENT. Prints each fault with its place; exit 1 with any.

Knows what docs/schemas use of JSON Schema 2020-12, and refuses a schema with anything else, so that no rule is passed over.
"""

import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
KNOWN = {"$schema", "$defs", "$ref", "title", "description", "type", "required", "properties", "additionalProperties", "items",
         "minItems", "minLength", "pattern", "minimum", "maximum", "enum", "const"}


def faults(value, schema, root, place="$"):
    if unknown := set(schema) - KNOWN:
        sys.exit(f"{place}: the schema uses {sorted(unknown)}, which this check does not know")
    if "$ref" in schema:
        target = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        yield from faults(value, target, root, place)
    expected = TYPES.get(schema.get("type"))
    if expected and (not isinstance(value, expected) or isinstance(value, bool) and schema["type"] != "boolean"):
        yield f"{place}: is {type(value).__name__}, not {schema['type']}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{place}: is {value!r}, not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"{place}: is too short"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{place}: {value!r} does not match {schema['pattern']}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            yield f"{place}: {value} is out of range"
    if isinstance(value, list):
        if len(value) < schema.get("minItems", 0):
            yield f"{place}: has too few entries"
        for index, entry in enumerate(value):
            yield from faults(entry, schema.get("items", {}), root, f"{place}[{index}]")
    if isinstance(value, dict):
        for key in schema.get("required", []):
            if key not in value:
                yield f"{place}: lacks {key}"
        for key, entry in value.items():
            inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", {}))
            if inner is False:
                yield f"{place}: has {key}, which is not known"
            elif inner is not True:
                yield from faults(entry, inner, root, f"{place}.{key}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        document = json.load(file)
    found = list(faults(document, schema, schema))
    for fault in found:
        print(fault)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
