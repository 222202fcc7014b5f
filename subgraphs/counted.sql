-- What service planning is told of an island that is counted (cubes.py): counts of a month as they may be published, and
-- never the true ones. shown is null for `*`; the row without a category is the total. {island} is the island's schema.
create table if not exists {island}.counted (
    cube text not null,
    month date not null,
    counted_on date not null,
    primary key (cube, month)
);
create table if not exists {island}.count_shown (
    cube text not null,
    month date not null,
    area text not null,
    category text not null,
    shown integer,
    primary key (cube, month, area, category),
    foreign key (cube, month) references {island}.counted
);
