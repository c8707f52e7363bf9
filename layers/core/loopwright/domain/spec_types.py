"""The words that several sections of a spec are made of."""

from typing import Annotated, Literal

from pydantic import Field

Direction = Literal["increasing", "decreasing"]
Share = Annotated[float, Field(ge=0, le=1)]
ColumnName = Annotated[str, Field(min_length=1, max_length=128)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
