"""Cuts from Kubernetes' API schemas what the manifests of docs/deploy.md are checked against.

    python kubernetes_schemas.py DEFINITIONS SCALED docs/src/test/resources/kubernetes-schemas.json

DEFINITIONS is v1.30.0-standalone-strict/_definitions.json of https://github.com/yannh/kubernetes-json-schema, the
schemas that kubeconform uses: those of Kubernetes' own OpenAPI description, without unknown fields. What is kept are
the definitions that Deployment and Secret reach, without their descriptions.

SCALED is config/crd/bases/keda.sh_scaledobjects.yaml of https://github.com/kedacore/keda (v2.20.2), the schema by which
a cluster with KEDA checks a ScaledObject. A cluster drops fields that are not in it; here they are mistakes, as for the
other kinds.
"""

import json
import sys

import yaml

KINDS = ("io.k8s.api.apps.v1.Deployment", "io.k8s.api.core.v1.Secret")
SCALED_OBJECT = "keda.sh.v1alpha1.ScaledObject"
OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
KEPT = ("type", "properties", "required", "items", "additionalProperties", "enum", "oneOf", "format", "$ref")


def schema(given):
    kept = {}
    for name, value in given.items():
        if name not in KEPT:
            continue
        if name == "properties":
            value = {member: schema(each) for member, each in value.items()}
        elif name in ("items", "additionalProperties") and isinstance(value, dict):
            value = schema(value)
        elif name == "oneOf":
            value = [schema(each) for each in value]
        elif name == "$ref":
            value = "#/definitions/" + value.rsplit("/", 1)[1]
        kept[name] = value
    return kept


def references(given):
    if isinstance(given, dict):
        for name, value in given.items():
            if name == "$ref":
                yield value.rsplit("/", 1)[1]
            else:
                yield from references(value)
    elif isinstance(given, list):
        for each in given:
            yield from references(each)


def strict(given):
    """The schema with no other fields than it names."""
    for value in list(given.get("properties", {}).values()) + [given.get("items")]:
        if isinstance(value, dict):
            strict(value)
    if "properties" in given:
        given["additionalProperties"] = False
    return given


def scaled_object(file):
    with open(file, encoding="utf-8") as opened:
        versions = yaml.safe_load(opened)["spec"]["versions"]
    found = next(each for each in versions if each["name"] == "v1alpha1")["schema"]["openAPIV3Schema"]
    found = strict(schema(found))
    del found["properties"]["status"]  # The cluster writes it.
    found["properties"]["metadata"] = {"$ref": "#/definitions/" + OBJECT_META}
    return found


def main(source, scaled, file):
    with open(source, encoding="utf-8") as opened:
        definitions = json.load(opened)["definitions"]
    found = {}
    wanted = list(KINDS)
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = schema(definitions[name])
            wanted.extend(references(found[name]))
    found[SCALED_OBJECT] = scaled_object(scaled)
    with open(file, "w", encoding="utf-8") as out:
        lines = ",\n".join(
            json.dumps(name) + ":" + json.dumps(found[name], separators=(",", ":")) for name in sorted(found)
        )
        out.write('{"definitions":{\n%s\n}}\n' % lines)
    print(f"{len(found)} definitions")


if __name__ == "__main__":
    main(*sys.argv[1:])
