#!/usr/bin/perl
# A small application by DBD::mysql: transactions and statements that the server prepares.
# Usage: dbd_mysql_app.pl PORT
use strict;
use warnings;
use DBI;

my ($port) = @ARGV;

sub connection {
    return DBI->connect(
        "dbi:mysql:database=shop;host=127.0.0.1;port=$port;mysql_server_prepare=1",
        'app', 'secret', { RaiseError => 1, PrintError => 0, AutoCommit => 1 });
}

my ($one, $two) = (connection(), connection());
$one->do('CREATE TABLE perl (id INT PRIMARY KEY, n INT)');
my $insert = $one->prepare('INSERT INTO perl VALUES (?, ?)');
$insert->execute($_, $_ * 2) for 1 .. 50;
my $select = $two->prepare('SELECT n FROM perl WHERE id = ?');
my $sum = 0;
for my $id (1 .. 50) {
    $select->execute($id);
    $sum += $select->fetchrow_array;
    $select->finish;
}
die "sum is $sum" unless $sum == 2550;

$one->begin_work;
$one->do('UPDATE perl SET n = 0');
$select->execute(50);
die 'reads what is not committed' unless ($select->fetchrow_array)[0] == 100;
$select->finish;
$one->rollback;
$two->do('DELETE FROM perl WHERE id > 40');
my ($left) = $one->selectrow_array('SELECT count(*) FROM perl');
die "$left are left" unless $left == 40;
eval { $insert->execute(1, 1); 1 } and die 'a duplicate was taken';
die "the error is " . $insert->err unless $insert->err == 1062;
$insert->finish;
$_->disconnect for $one, $two;
print "good\n";
