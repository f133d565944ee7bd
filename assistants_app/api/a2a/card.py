"""An assistant's A2A card, in the official package's types. Import it late: see `operations`."""

from typing import Any

from a2a.server.request_handlers.response_helpers import agent_card_to_dict
from a2a.types.a2a_pb2 import (
    AgentCapabilities,
    AgentCard,
    AgentInterface,
    AgentSkill,
    APIKeySecurityScheme,
    SecurityRequirement,
    SecurityScheme,
    StringList,
)
from a2a.utils.constants import PROTOCOL_VERSION_0_3, PROTOCOL_VERSION_1_0, TransportProtocol

from assistants_app.api.server_config import server_config
from assistants_app.domain.errors import GraphNotFound
from assistants_app.graphs.catalog import catalog
from assistants_app.models import Assistant

MODES = ["text/plain", "application/json"]


def card_of(assistant: Assistant, address: str) -> dict[str, Any]:
    """The card as JSON, in the words of version 1.0 and, beside them, of 0.3."""
    about = assistant.description or _graph_description(assistant.graph_id) or f"Runs the assistant {assistant.name}."
    skill = AgentSkill(
        id=str(assistant.assistant_id),
        name=assistant.name,
        description=about,
        tags=[assistant.graph_id],
        input_modes=MODES,
        output_modes=MODES,
    )
    key = APIKeySecurityScheme(location="header", name="X-Api-Key", description="A key of this site.")
    made = AgentCard(
        name=assistant.name,
        description=about,
        version=str(assistant.version),
        supported_interfaces=[
            AgentInterface(url=address, protocol_binding=TransportProtocol.JSONRPC, protocol_version=version)
            for version in (PROTOCOL_VERSION_1_0, PROTOCOL_VERSION_0_3)
        ],
        capabilities=AgentCapabilities(
            streaming=True, push_notifications=not server_config().http.disable_webhooks, extended_agent_card=False
        ),
        default_input_modes=MODES,
        default_output_modes=MODES,
        skills=[skill],
        security_schemes={"ApiKey": SecurityScheme(api_key_security_scheme=key)},
        security_requirements=[SecurityRequirement(schemes={"ApiKey": StringList()})],
    )
    return agent_card_to_dict(made)


def _graph_description(graph_id: str) -> str:
    try:
        return catalog().get(graph_id).description
    except GraphNotFound:
        return ""
