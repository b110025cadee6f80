"""Making an account for a person who signs up, on the page or through an app: the same checks for both."""

from teahouse.accounts.records import Issued, NewDevice
from teahouse.accounts.service import Accounts
from teahouse.errors import Forbidden


class BadRegistrationToken(Forbidden):
    """The registration token is unknown, used up or expired."""


def is_closed(accounts: Accounts) -> bool:
    """Tell whether nobody can sign up with a password."""
    return accounts.config.registration.mode == "closed" or accounts.config.upstream.is_only


async def sign_up(
    accounts: Accounts,
    username: str,
    password: str,
    registration_token: str,
    address: str,
    *,
    device: NewDevice | None = None,
) -> tuple[str, Issued | None]:
    """Make the account and, when a device is given, a session on it; gives the user id and the session.

    Raises InvalidParam, Conflict for a name that is taken, BadRegistrationToken and LimitExceeded.
    """
    accounts.guesses.count_registration(address)
    user_id = accounts.register.user_id_for(username.strip())
    accounts.register.check_password(password, user_id)
    token = None
    if accounts.config.registration.mode == "token":
        token = registration_token.strip()
        who = "registration token " + address
        accounts.guesses.begin(who, address)
        if not await accounts.registration_tokens.is_valid(token):
            raise BadRegistrationToken("The registration token is unknown, used up or expired")
        accounts.guesses.succeeded(who, address)
    await accounts.register.check_free(user_id)
    return user_id, await accounts.register.register(user_id, password, device, token)
