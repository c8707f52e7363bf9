"""HTTP APIs, which the twin serves itself on loopback, because moto does not."""

from infra.twin.cloudformation.resource import Created, Resource, resource_type


def create_api(resource: Resource) -> Created:
    """An HTTP API from its OpenAPI body; it listens from now on, and its endpoint is its real
    address.
    """
    if "Body" not in resource.properties:
        raise resource.refuse("the twin serves APIs that have an OpenAPI Body, as SAM writes it")
    api_id = resource.name("ApiId", 48).lower()
    endpoint = resource.deployment.start_api(api_id, resource.get("Body"))
    return Created(api_id, {"ApiEndpoint": endpoint, "ApiId": api_id})


def create_stage(resource: Resource) -> Created:
    """The default stage, which has no path of its own."""
    name = resource.get("StageName")
    if name != "$default":
        raise resource.refuse(f"the twin serves the stage $default only, not {name!r}")
    return Created(name)


TYPES = {
    "AWS::ApiGatewayV2::Api": resource_type(create_api, "Body"),
    "AWS::ApiGatewayV2::Stage": resource_type(create_stage, "ApiId AutoDeploy StageName"),
}
