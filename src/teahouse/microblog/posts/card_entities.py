"""Makes cards of what is known to be behind links. Pure."""

import html

from teahouse.media import Description
from teahouse.microblog.entities.forms import maybe_timestamp
from teahouse.microblog.entities.statuses import CardAuthor, PreviewCard
from teahouse.microblog.posts.media_entities import scaled

LARGEST_PLAYER = (560, 315)


def card_entity(public_url: str, url: str, card: Description) -> PreviewCard:
    """Make the entity. Its picture is ours; a film's player is a frame of our making, nothing of the page."""
    width, height = card.width, card.height
    image = blurhash = None
    if card.picture is not None:
        image = f"{public_url}/media/{card.picture.media_id}/preview/small"
        blurhash = card.picture.blurhash
        if not card.embed:
            width, height = scaled(card.picture.width, card.picture.height)
    if card.embed and not (width and height):
        width, height = LARGEST_PLAYER
    return PreviewCard(
        url=url,
        title=card.title,
        description=card.description,
        type=card.kind,
        language=card.language,
        author_name=card.author_name,
        author_url=card.author_url,
        provider_name=card.provider_name,
        provider_url=card.provider_url,
        html=_player(card.embed, width, height) if card.embed else "",
        width=width,
        height=height,
        image=image,
        image_description=card.picture.description if card.picture else "",
        embed_url=(image or "") if card.kind == "photo" else "",
        blurhash=blurhash,
        published_at=maybe_timestamp(card.published_ts),
        authors=[CardAuthor(card.author_name, card.author_url)] if card.author_name else [],
    )


def _player(address: str, width: int, height: int) -> str:
    return (
        f'<iframe src="{html.escape(address)}" width="{width}" height="{height}" allowfullscreen="allowfullscreen" '
        'sandbox="allow-scripts allow-same-origin allow-popups allow-presentation" referrerpolicy="no-referrer">'
        "</iframe>"
    )
