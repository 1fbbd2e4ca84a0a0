"""The API's table: every endpoint the platform has, by path."""

from wechat_simulator import (
    content_security,
    customer_service,
    drafts,
    links,
    login,
    media,
    menus,
    mini_program_codes,
    oauth,
    openapi,
    publishing,
    qr_codes,
    robots,
    subscriptions,
    template_messages,
    tickets,
    tokens,
)
from wechat_simulator.calls import Endpoint, OpenEndpoint

ENDPOINTS: dict[str, Endpoint | OpenEndpoint] = {
    endpoint.path: endpoint
    for endpoint in (
        *tokens.ENDPOINTS,
        *login.ENDPOINTS,
        *oauth.ENDPOINTS,
        *customer_service.ENDPOINTS,
        *media.ENDPOINTS,
        *menus.ENDPOINTS,
        *subscriptions.ENDPOINTS,
        *template_messages.ENDPOINTS,
        *content_security.ENDPOINTS,
        *mini_program_codes.ENDPOINTS,
        *qr_codes.ENDPOINTS,
        *links.ENDPOINTS,
        *tickets.ENDPOINTS,
        *drafts.ENDPOINTS,
        *publishing.ENDPOINTS,
        *robots.ENDPOINTS,
    )
}
ENDPOINTS |= {endpoint.path: endpoint for endpoint in openapi.endpoints(ENDPOINTS)}
